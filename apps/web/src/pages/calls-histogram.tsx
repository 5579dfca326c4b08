/** The traffic of the range above the list, as slim stacked bars; each is a way into its span of time. */
import type { Overview } from "@switchyard/shared/wire/console/overview";
import { useTranslation } from "react-i18next";
import { hourMinute, shortDay, count } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";

const HEIGHT = 40;
const SLOT = 10;

interface HistogramProps {
  readonly overview: Overview;
  readonly onPick: (from: Date, to: Date) => void;
}

export function Histogram({ overview, onPick }: HistogramProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { buckets, stepSeconds } = overview;
  const highest = Math.max(1, ...buckets.map(({ calls }) => calls));
  return (
    <figure aria-label={t("calls.histogram")}>
      <svg aria-hidden viewBox={`0 0 ${buckets.length * SLOT} ${HEIGHT}`} preserveAspectRatio="none" className="h-10 w-full">
        {buckets.map((bucket, index) => {
          const layers = [
            { color: "quiet", size: bucket.answered - bucket.failedOver },
            { color: "idle-mark", size: bucket.refused + bucket.aborted },
            { color: "warn-mark", size: bucket.failedOver },
            { color: "bad-mark", size: bucket.failed },
          ];
          let top = HEIGHT;
          return (
            <g
              key={bucket.at.getTime()}
              data-tip={`${shortDay(bucket.at, locale)} ${hourMinute(bucket.at, locale)} · ${t("calls.inRange", { count: bucket.calls })} (${count(bucket.failed, locale)} ${t("outcome.failed")})`}
              onClick={() => (bucket.calls > 0 ? onPick(bucket.at, new Date(bucket.at.getTime() + stepSeconds * 1_000)) : undefined)}
              className={bucket.calls > 0 ? "cursor-pointer" : ""}
            >
              <rect x={index * SLOT} width={SLOT} height={HEIGHT} fill="transparent" />
              {layers.map(({ color, size }) => {
                const height = (size / highest) * (HEIGHT - 2);
                top -= height;
                return height > 0 ? <rect key={color} x={index * SLOT + 1} y={top} width={SLOT - 2} height={height} fill={`var(--color-${color})`} /> : null;
              })}
            </g>
          );
        })}
      </svg>
    </figure>
  );
}
