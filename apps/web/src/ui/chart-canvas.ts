/** Joins uPlot to a place on the page: size, colours of the theme, fonts, pointer. */
import { useCallback, useEffect, useRef, type RefCallback } from "react";
import uPlot from "uplot";
import { useLatest } from "./latest.ts";
import { useTheme } from "./theme.ts";
import type { TimeChartProps } from "./time-chart-props.ts";

const AXIS_WIDTH = 52;
const AXIS_HEIGHT = 28;
const FONT = '11px "Geist Variable"';
const DASH = [4, 3];
/** Steps of an axis that counts: 1, 2, 5, 10, … */
const WHOLE_STEPS = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

/** What a colour token looks like now. A canvas cannot read `var(--…)`. */
function tokenColors(place: HTMLElement): (name: string) => string {
  const style = getComputedStyle(place);
  return (name) => style.getPropertyValue(`--color-${name}`).trim();
}

/** Each layer of a stack reaches up to the sum of those below it and itself. */
export function stackedSums(series: readonly (readonly (number | undefined)[])[]): readonly (readonly number[])[] {
  const sums: number[][] = [];
  for (const values of series) {
    const below = sums.at(-1);
    sums.push(values.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)));
  }
  return sums;
}

function dataOf(chart: TimeChartProps): uPlot.AlignedData {
  const xs = chart.times.map((at) => at.getTime() / 1_000);
  if (chart.kind === "lines") return [xs, ...chart.series.map(({ values }) => values.map((value) => value ?? null))];
  // The tallest layer is painted first and the lower ones over it: opaque colours, never mixed.
  return [
    xs,
    ...stackedSums(chart.series.map(({ values }) => values))
      .toReversed()
      .map((sums) => [...sums]),
  ];
}

function seriesOf(chart: TimeChartProps, color: (name: string) => string): uPlot.Series[] {
  const bars = uPlot.paths.bars?.({ size: [0.82, 24], align: 1, gap: 1 });
  const order = chart.kind === "bars" ? chart.series.toReversed() : chart.series;
  const known = Math.max(0, ...chart.series.map(({ values }) => values.filter((value) => value !== undefined).length));
  return order.map((one): uPlot.Series => {
    if (chart.kind === "bars") return { fill: color(one.color), stroke: color(one.color), width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) };
    return {
      stroke: color(one.color),
      width: 1.75,
      spanGaps: true,
      points: { show: known <= 24, size: 4, fill: color(one.color) },
      ...(one.dashed === true ? { dash: DASH } : {}),
    };
  });
}

function optionsOf(chart: TimeChartProps, place: HTMLElement, point: (index: number | undefined) => void, pick: (index: number) => void): uPlot.Options {
  const color = tokenColors(place);
  const axis = { stroke: color("faint"), font: FONT, ticks: { show: false } } as const;
  const first = (chart.times[0]?.getTime() ?? 0) / 1_000;
  const end = (chart.times.at(-1)?.getTime() ?? 0) / 1_000 + (chart.kind === "bars" ? chart.stepSeconds : 0);
  return {
    width: Math.max(120, place.clientWidth),
    height: Math.max(80, place.clientHeight),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "UTC"),
    legend: { show: false },
    padding: [8, 4, 0, 0],
    scales: { x: { range: [first, end] }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.06 : 1] } },
    series: [{}, ...seriesOf(chart, color)],
    axes: [
      {
        ...axis,
        size: AXIS_HEIGHT,
        grid: { show: false },
        space: 96,
        values: (_plot, splits) => splits.map((seconds) => chart.formatTime(new Date(seconds * 1_000))),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        gap: 6,
        grid: { stroke: color("line"), width: 1 },
        space: 40,
        ...(chart.whole === true ? { incrs: WHOLE_STEPS } : {}),
        values: (_plot, splits) => splits.map((value) => chart.formatAxis(value)),
      },
    ],
    cursor: { y: false, drag: { x: false, y: false }, points: { show: chart.kind === "lines" }, sync: { key: "console" } },
    hooks: {
      setCursor: [(plot) => point(plot.cursor.idx ?? undefined)],
      ready: [(plot) => plot.over.addEventListener("click", () => (typeof plot.cursor.idx === "number" ? pick(plot.cursor.idx) : undefined))],
    },
  };
}

interface Painted {
  readonly plot: uPlot;
  readonly place: HTMLElement;
  /** What the picture was made for; when it differs the plot is made anew, else only its data are set. */
  readonly shape: string;
}

const shapeOf = (chart: TimeChartProps, theme: string): string =>
  `${theme} ${chart.kind} ${chart.stepSeconds} ${chart.times.length} ${chart.times[0]?.getTime() ?? 0} ${chart.series.map(({ label }) => label).join(",")}`;

/**
 * Paints the chart into the element that gets the returned ref, and again when data, theme or size change.
 * `point` hears which bucket the pointer is over.
 */
export function useChart(chart: TimeChartProps, point: (index: number | undefined) => void): RefCallback<HTMLElement> {
  const theme = useTheme();
  const latest = useLatest({ chart, theme, point });
  const painted = useRef<Painted>(undefined);

  const paint = useCallback(
    (place: HTMLElement): void => {
      const now = latest.current;
      painted.current?.plot.destroy();
      const options = optionsOf(
        now.chart,
        place,
        (index) => latest.current.point(index),
        (index) => latest.current.chart.onPick?.(index),
      );
      painted.current = { plot: new uPlot(options, dataOf(now.chart), place), place, shape: shapeOf(now.chart, now.theme) };
    },
    [latest],
  );

  useEffect(() => {
    const before = painted.current;
    if (!before) return;
    if (before.shape === shapeOf(chart, theme)) before.plot.setData(dataOf(chart));
    else paint(before.place);
  }, [chart, theme, paint]);

  return useCallback(
    (place: HTMLElement | null) => {
      if (!place) return;
      paint(place);
      const size = new ResizeObserver(() =>
        painted.current?.plot.setSize({ width: Math.max(120, place.clientWidth), height: Math.max(80, place.clientHeight) }),
      );
      size.observe(place);
      // Before its face has arrived a canvas draws the axis in another one.
      void document.fonts.load(FONT).then(() => painted.current?.plot.redraw(false));
      return () => {
        size.disconnect();
        painted.current?.plot.destroy();
        painted.current = undefined;
      };
    },
    [paint],
  );
}
