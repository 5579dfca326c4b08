/** A chart over time: painted by uPlot, read by its legend, worked by arrow keys, and shown as a table on request. */
import "uplot/dist/uPlot.min.css";
import { ChartColumn, Table2 } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./button.tsx";
import { Card } from "./card.tsx";
import { useChart } from "./chart-canvas.ts";
import { UNKNOWN } from "./format.ts";
import { ScrollRegion } from "./scroll-region.tsx";
import type { TimeChartProps } from "./time-chart-props.ts";

function Legend({ chart, index }: { readonly chart: TimeChartProps; readonly index: number }) {
  const at = chart.times[index];
  return (
    <div className="mt-3 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-12" aria-hidden>
      <span className="text-muted">{at ? chart.formatTime(at) : ""}</span>
      {chart.series.map((one) => {
        const value = one.values[index];
        return (
          <span key={one.label} className="inline-flex items-center gap-1.5">
            <svg viewBox="0 0 12 8" className="h-2 w-3" aria-hidden>
              {chart.kind === "bars" ? (
                <rect x="2" width="8" height="8" rx="1" fill={`var(--color-${one.color})`} />
              ) : (
                <line
                  x1="0"
                  x2="12"
                  y1="4"
                  y2="4"
                  stroke={`var(--color-${one.color})`}
                  strokeWidth="2"
                  strokeDasharray={one.dashed === true ? "3 2" : undefined}
                />
              )}
            </svg>
            <span className="text-muted">{one.label}</span>
            <span className="font-medium">{value === undefined ? UNKNOWN : chart.formatValue(value)}</span>
          </span>
        );
      })}
    </div>
  );
}

function ValueTable({ chart }: { readonly chart: TimeChartProps }) {
  const { t } = useTranslation();
  return (
    <ScrollRegion label={chart.title} className="mt-3 h-52 overflow-auto rounded-6 border border-line">
      <table className="w-full text-12">
        <thead className="sticky top-0 bg-surface">
          <tr>
            <th scope="col" className="px-3 py-1.5 text-left font-medium text-muted">
              {t("overview.time")}
            </th>
            {chart.series.map(({ label }) => (
              <th key={label} scope="col" className="px-3 py-1.5 text-right font-medium text-muted">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.times.map((at, index) => (
            <tr key={at.getTime()} className="border-t border-line">
              <th scope="row" className="px-3 py-1 text-left font-normal whitespace-nowrap">
                {chart.formatTime(at)}
              </th>
              {chart.series.map(({ label, values }) => {
                const value = values[index];
                return (
                  <td key={label} className="px-3 py-1 text-right">
                    {value === undefined ? UNKNOWN : chart.formatValue(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

export function TimeChart(props: TimeChartProps) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState<number>();
  const hintId = useId();
  const last = Math.max(0, props.times.length - 1);
  const index = Math.min(pointed ?? last, last);
  const canvas = useChart(props, setPointed);
  const at = props.times[index];
  const spoken = props.series
    .map(({ label, values }) => `${label} ${values[index] === undefined ? UNKNOWN : props.formatValue(values[index] ?? 0)}`)
    .join(", ");
  return (
    <Card
      title={props.title}
      text={props.text}
      aside={
        <IconButton
          className="-mt-1 -mr-1"
          label={asTable ? t("app.showChart") : t("app.showTable")}
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? <ChartColumn aria-hidden size={15} /> : <Table2 aria-hidden size={15} />}
        </IconButton>
      }
    >
      {asTable ? (
        <ValueTable chart={props} />
      ) : (
        <>
          <Legend chart={props} index={index} />
          <input
            type="range"
            min={0}
            max={last}
            value={index}
            aria-label={props.title}
            aria-valuetext={at ? `${props.formatTime(at)}: ${spoken}` : spoken}
            aria-describedby={props.onPick ? hintId : undefined}
            onChange={(event) => setPointed(event.target.valueAsNumber)}
            onKeyDown={(event) => (event.key === "Enter" ? props.onPick?.(index) : undefined)}
            className="peer sr-only"
          />
          <div
            aria-hidden
            ref={canvas}
            className={`mt-1 h-48 w-full rounded-4 outline-offset-2 outline-focus peer-focus-visible:outline-2 ${props.onPick ? "cursor-pointer" : ""}`}
          />
          {props.onPick ? (
            <span id={hintId} className="sr-only">
              {t("overview.bucketCalls")}
            </span>
          ) : null}
        </>
      )}
    </Card>
  );
}
