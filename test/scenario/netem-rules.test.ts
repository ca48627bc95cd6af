import { describe, expect, test } from 'vitest';
import { checkScenario } from '../../src/scenario/index.ts';

const scenario = (fault: string): string =>
  `name: n\nprofile: fast\nphases:\n  - fault: 20s\n    inject:\n      - {kind: netem, target: {role: worker}${fault}}\n`;

const problems = (fault: string): readonly string[] => {
  try {
    checkScenario(scenario(fault), 'x.yaml');
  } catch (thrown) {
    return (thrown as Error).message
      .split('\n')
      .map((line) => line.replace(/^x\.yaml:\d+:\d+: phases\[0\]\.inject\[0\]/, ''));
  }
  return [];
};

const injected = (fault: string): unknown => {
  const [phase] = checkScenario(scenario(fault), 'x.yaml').scenario.phases;
  return phase?.kind === 'fault' ? phase.inject[0] : null;
};

describe('a fault of kind netem', () => {
  test.each([
    [
      'nothing',
      '',
      [': expected at least one of delay, loss, duplicate, corrupt, rate, slot beside netem, received none of them'],
    ],
    [
      'a distribution and a correlation of no jitter',
      ', delay: {latency: 100ms, distribution: normal, correlation: 20}',
      [
        '.delay.distribution: expected jitter beside distribution, received distribution alone',
        '.delay.correlation: expected jitter beside correlation, received correlation alone',
      ],
    ],
    [
      'two models of loss',
      ', loss: {loss: 5, gemodel: {p: 1}}',
      ['.loss: expected exactly one of loss, gemodel, received loss and gemodel'],
    ],
    [
      'no model of loss',
      ', loss: {correlation: 5}',
      ['.loss: expected exactly one of loss, gemodel, received none of them'],
    ],
    [
      'a slot that ends before it begins',
      ', slot: {min: 20ms, max: 10ms}',
      ['.slot.max: expected at least min ("20ms"), received "10ms"'],
    ],
    [
      'a share beyond 100 %',
      ', loss: {loss: 120}',
      ['.loss.loss: expected a number from 0 to 100 (percent), received 120 (number)'],
    ],
    ['a rate without a unit', ', rate: "100"', ['.rate: expected a rate such as 500kbit or 10mbit, received "100"']],
  ])('is refused with %s', (_, fault, expected) => {
    expect(problems(fault)).toEqual(expected);
  });

  test('takes everything that tc-netem takes, under the names of Chaos Mesh', () => {
    const fault =
      ', direction: from, peer: api-server, ramp: 4' +
      ', delay: {latency: 200ms, jitter: 50ms, correlation: 25, distribution: normal, reorder: {reorder: 25, correlation: 50, gap: 5}}' +
      ', loss: {loss: 5, correlation: 25}, duplicate: {duplicate: 1, correlation: 2}, corrupt: {corrupt: 3}' +
      ', rate: 10mbit, slot: {min: 10ms, max: 20ms, packets: 4, bytes: 6000}';
    expect(injected(fault)).toMatchObject({
      direction: 'from',
      peer: 'api-server',
      rampSteps: 4,
      delay: {
        delayMs: 200,
        jitterMs: 50,
        correlationPercent: 25,
        distribution: 'normal',
        reorder: { percent: 25, correlationPercent: 50, gap: 5 },
      },
      loss: { percent: 5, correlationPercent: 25 },
      duplicate: { percent: 1, correlationPercent: 2 },
      corrupt: { percent: 3, correlationPercent: 0 },
      rateBitsPerSecond: 10_000_000,
      slot: { minDelayMs: 10, maxDelayMs: 20, packets: 4, bytes: 6000 },
    });
  });

  test('takes the Gilbert-Elliott chain with the defaults of a link that is good or dead', () => {
    expect(injected(', loss: {gemodel: {p: 1, r: 30}}')).toMatchObject({
      loss: { gemodel: { p: 1, r: 30, h: 0, k: 100 } },
    });
  });
});
