import {
  AggregationTemporality,
  type HistogramMetricData,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { createHistograms } from '../../../src/telemetry/histograms.ts';
import { seededRandom } from '../../support/random.ts';

const boundaries = [0, 0.5, 1, 8];
const shape = { description: 'How long it took.', unit: 's', boundaries };

describe('a histogram', () => {
  it('shows what the one of the SDK shows, of any values in any series', async () => {
    const { next, below } = seededRandom(7);
    const reader = new CollectedByHand();
    const meter = new MeterProvider({ readers: [reader] }).getMeter('sluice');
    const theirs = meter.createHistogram('took', {
      description: shape.description,
      unit: shape.unit,
      advice: { explicitBucketBoundaries: boundaries },
    });
    const histograms = createHistograms('sluice');
    const ours = histograms.create('took', shape);
    const series = [{ model: 'a' }, { model: 'b', error: 'X' }, {}];
    // On a bound, between two, and above the last one.
    const values = [...boundaries, ...Array.from({ length: 500 }, () => next() * 12)];
    for (const value of values) {
      const attributes = series[below(series.length)] ?? {};
      theirs.record(value, attributes);
      ours.record(value, attributes);
    }

    const [expected] = (await reader.collect()).resourceMetrics.scopeMetrics;
    const [shown] = (await histograms.collect()).resourceMetrics.scopeMetrics;
    expect(shown?.scope.name).toBe(expected?.scope.name);
    expect(shown?.metrics.map(comparable)).toEqual(expected?.metrics.map(comparable));
    expect(comparable(shown?.metrics[0]).points).toHaveLength(3);
  });

  it('leaves out what is no length of time, as the SDK does', async () => {
    const histograms = createHistograms('sluice');
    const histogram = histograms.create('took', shape);
    const attributes = {};
    for (const value of [-0.1, Number.NaN, 1]) histogram.record(value, attributes);

    expect(comparable(await onlyMetric(histograms)).points).toEqual([
      { attributes, count: 1, sum: 1, counts: [0, 0, 1, 0, 0] },
    ]);
  });

  it('shows nothing where nothing was counted, and everything each time', async () => {
    const histograms = createHistograms('sluice');
    const histogram = histograms.create('took', shape);
    expect(await onlyMetric(histograms)).toBeUndefined();

    histogram.record(3, {});
    const first = comparable(await onlyMetric(histograms));
    expect(comparable(await onlyMetric(histograms))).toEqual(first);
  });
});

class CollectedByHand extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

async function onlyMetric(histograms: ReturnType<typeof createHistograms>) {
  return (await histograms.collect()).resourceMetrics.scopeMetrics[0]?.metrics[0];
}

/** Without times, and without the least and the largest value, which Prometheus does not show. */
function comparable(metric: unknown) {
  const { descriptor, dataPointType, aggregationTemporality, dataPoints } = metric as HistogramMetricData;
  const { name, description, unit, valueType } = descriptor;
  return {
    descriptor: { name, description, unit, valueType },
    dataPointType,
    aggregationTemporality,
    points: dataPoints.map(({ attributes, value: { count, sum, buckets } }) => ({
      attributes,
      count,
      sum,
      counts: buckets.counts,
    })),
  };
}
