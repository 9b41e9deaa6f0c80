import { type Attributes, ValueType } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type HistogramMetricData,
  type MetricProducer,
  type Histogram as SdkHistogram,
} from '@opentelemetry/sdk-metrics';

/** How values are distributed, added up as in a {@link Tally}: the SDK's own histogram hashes its attributes at every value. */
export interface Histogram {
  /**
   * Counts a value; one that is negative or none, as of a clock that was set back, is left out. `attributes` come from an
   * {@link Intern}, so that equal ones are one series.
   */
  record(value: number, attributes: Attributes): void;
}

/** The histograms of a process. A metric reader that knows of them shows them beside the SDK's own instruments. */
export interface Histograms extends MetricProducer {
  create(name: string, shape: HistogramShape): Histogram;
}

export interface HistogramShape {
  description: string;
  /** In UCUM, such as `s` or `{token}`. */
  unit: string;
  /** Upper bounds of the buckets, each inclusive, ascending. What is above the last one is counted, too. */
  boundaries: readonly number[];
}

/** Creates {@link Histograms}; `scope` is the name of the meter whose instruments stand beside them. */
export function createHistograms(scope: string): Histograms {
  const startTime = hrTime();
  const all: { name: string; shape: HistogramShape; series: Map<Attributes, Distribution> }[] = [];

  return {
    create(name, shape) {
      const series = new Map<Attributes, Distribution>();
      all.push({ name, shape, series });
      return {
        record(value, attributes) {
          if (!(value >= 0)) return;
          let distribution = series.get(attributes);
          if (!distribution) {
            distribution = empty(shape);
            series.set(attributes, distribution);
          }
          add(value, distribution);
        },
      };
    },

    async collect() {
      const endTime = hrTime();
      const metrics = all
        .filter(({ series }) => series.size > 0)
        .map(
          ({ name, shape: { description, unit }, series }): HistogramMetricData => ({
            descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
            aggregationTemporality: AggregationTemporality.CUMULATIVE,
            dataPointType: DataPointType.HISTOGRAM,
            dataPoints: Array.from(series, ([attributes, value]) => ({
              startTime,
              endTime,
              attributes,
              value,
            })),
          }),
        );
      const scopeMetrics = [{ scope: { name: scope }, metrics }];
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
    },
  };
}

type Distribution = SdkHistogram & { sum: number };

function empty({ boundaries }: HistogramShape): Distribution {
  const counts = Array.from({ length: boundaries.length + 1 }, () => 0);
  return { buckets: { boundaries: [...boundaries], counts }, sum: 0, count: 0 };
}

function add(value: number, distribution: Distribution): void {
  const { boundaries, counts } = distribution.buckets;
  let bucket = 0;
  while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket += 1;
  counts[bucket] = (counts[bucket] as number) + 1;
  distribution.sum += value;
  distribution.count += 1;
}
