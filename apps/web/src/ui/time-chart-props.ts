/** What a chart over time is made of, for the one who paints it and the one who frames it. */

export interface ChartSeries {
  readonly label: string;
  /** One value per time; undefined where nothing is known. */
  readonly values: readonly (number | undefined)[];
  /** A colour token's name. */
  readonly color: string;
  readonly dashed?: boolean;
}

export interface TimeChartProps {
  readonly title: string;
  readonly text: string;
  /** Starts of the buckets. */
  readonly times: readonly Date[];
  readonly stepSeconds: number;
  /** Bars are stacked in the order of the series, the first at the bottom. */
  readonly kind: "bars" | "lines";
  readonly series: readonly ChartSeries[];
  readonly formatTime: (at: Date) => string;
  /** As in the legend and the table. */
  readonly formatValue: (value: number) => string;
  /** As on the axis. */
  readonly formatAxis: (value: number) => string;
  /** The axis has whole numbers only, as counts do. */
  readonly whole?: boolean;
  /** Opens what is behind one bucket. */
  readonly onPick?: ((index: number) => void) | undefined;
}
