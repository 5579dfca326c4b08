/** Small pictures in plain SVG: sparkline, share bar, health bars. Attributes only, no style strings. */

interface SparklineProps {
  /** Undefined where nothing is known; the line skips it. */
  readonly values: readonly (number | undefined)[];
  /** A colour token's name, such as `series-1`. */
  readonly color: string;
}

const WIDTH = 200;
const HEIGHT = 28;

/** A line without axes; the figure beside it says the value, so it is hidden from screen readers. */
export function Sparkline({ values, color }: SparklineProps) {
  const known = values.flatMap((value) => (value === undefined ? [] : [value]));
  if (known.length < 2) return <div className="h-7" />;
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.flatMap((value, index) =>
    value === undefined ? [] : [`${(index * step).toFixed(1)},${(HEIGHT - 2 - ((value - low) / span) * (HEIGHT - 4)).toFixed(1)}`],
  );
  const first = points[0]?.split(",")[0] ?? "0";
  const last = points.at(-1)?.split(",")[0] ?? "0";
  const stroke = `var(--color-${color})`;
  return (
    <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="h-7 w-full overflow-visible">
      <polygon points={`${first},${HEIGHT} ${points.join(" ")} ${last},${HEIGHT}`} fill={stroke} fillOpacity="0.1" />
      <polyline points={points.join(" ")} fill="none" stroke={stroke} strokeWidth="1.5" strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** A bar from 0 to 1 on a sunken track, with an optional lighter part before it. */
export function ShareBar({
  share,
  lead = 0,
  color,
  className = "h-1.5",
}: {
  readonly share: number;
  readonly lead?: number;
  readonly color: string;
  readonly className?: string;
}) {
  const waiting = Math.min(1, Math.max(0, lead));
  const filled = Math.min(1 - waiting, Math.max(0, share));
  return (
    <svg aria-hidden viewBox="0 0 100 4" preserveAspectRatio="none" className={`block w-full rounded-full bg-sunken ${className}`}>
      <rect width={waiting * 100} height="4" fill="var(--color-quiet)" />
      <rect x={waiting * 100} width={filled * 100} height="4" fill={`var(--color-${color})`} />
    </svg>
  );
}

interface HealthBucket {
  readonly attempts: number;
  readonly failed: number;
}

const BAR = 5;
const GAP = 2;

function healthBar(bucket: HealthBucket): { height: number; color: string } {
  if (bucket.attempts === 0) return { height: 4, color: "line" };
  if (bucket.failed === 0) return { height: 15, color: "ok-mark" };
  return { height: 20, color: bucket.failed / bucket.attempts > 0.25 ? "bad-mark" : "warn-mark" };
}

/** One bar per span of time. Failures are full height, so that the message does not hang on the hue. */
export function HealthBars({ buckets }: { readonly buckets: readonly HealthBucket[] }) {
  return (
    <svg aria-hidden viewBox={`0 0 ${buckets.length * (BAR + GAP)} 20`} preserveAspectRatio="none" className="h-5 w-full">
      {buckets.map((bucket, index) => {
        const { height, color } = healthBar(bucket);
        return <rect key={index} x={index * (BAR + GAP)} y={20 - height} width={BAR} height={height} rx="1" fill={`var(--color-${color})`} />;
      })}
    </svg>
  );
}
