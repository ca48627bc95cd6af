import { stayOf } from '../../../../src/backend/model/controllers/eviction/eviction.ts';
import { countsForDisruption } from '../../../../src/backend/model/controllers/monitor.ts';
import { settingsFor } from '../../../../src/backend/model/engine/settings.ts';
import { behaviourOf, type ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import { createStatusLoops, reportIsDue } from '../../../../src/backend/model/kubelet/status.ts';
import { us } from '../support/clusters.ts';
import { createSimulation } from '../support/quiet-simulation.ts';
import type { Expectation, UpstreamCase } from './read.ts';

type Check = (version: ModelVersion, upstreamCase: UpstreamCase, wanted: Expectation) => unknown;

const excluded: Check = (version, { nodes = [] }, wanted) => {
  const { name = '', labels = {} } = nodes.find((node) => node.name === wanted.node) ?? {};
  return !countsForDisruption(behaviourOf(version), { name, labels: Object.keys(labels) });
};

/** A pod that tolerates nothing stays no time, as upstream's function has it for an empty list. */
const minStay: Check = (_version, _case, { tolerationSeconds = [] }) => {
  const stays = tolerationSeconds.map((seconds, index) => [`taint${index}`, seconds ?? 'forever'] as const);
  const taints = stays.length === 0 ? [{ key: 'taint' }] : stays.map(([key]) => ({ key }));
  return stayOf(Object.fromEntries(stays), taints) ?? 0;
};

const expired: Check = (_version, { flags }, { lastReport_s = null, delay_s = 0 }) => {
  const reportUs = us((flags.nodeStatusReportFrequency_s ?? 300) + delay_s);
  return reportIsDue(lastReport_s === null ? null : us(lastReport_s), reportUs, 0);
};

const draws = 100;
/** The furthest of many draws that a report comes from its frequency, where that is too far; else what was asked. */
const delays: Check = (version, { flags }, { absDelayAtMost_s = 0 }) => {
  const frequencyS = flags.nodeStatusReportFrequency_s ?? 300;
  const settings = settingsFor(version, { statusReportSeconds: frequencyS });
  const node = { name: 'node', zone: '0', heartbeatUs: 0, transitionUs: 0, renewUs: 0, pods: [] };
  const simulation = createSimulation({ version, settings, seed: 1 }, [node]);
  const loops = createStatusLoops(
    simulation,
    () => undefined,
    () => {
      throw new Error('no request is made');
    },
  );
  const drawn = Array.from({ length: draws }, () => simulation.nodes.map(loops.reportAfterChangeUs)).flat();
  const furthestS = Math.max(...drawn.map((reportUs) => Math.abs(reportUs - us(frequencyS)) / 1e6));
  return furthestS <= absDelayAtMost_s && furthestS > 0 ? absDelayAtMost_s : furthestS;
};

/** Expectations about one function, by the field that has its answer. */
const checks = { excluded, min_s: minStay, expired, absDelayAtMost_s: delays } as const satisfies Partial<
  Record<keyof Expectation, Check>
>;

const answers = Object.keys(checks) as (keyof typeof checks)[];

/** Whether all that a case expects is what one of these functions answers. */
export const isOfFunctions = ({ expect }: UpstreamCase): boolean =>
  expect.every((wanted) => answers.some((field) => wanted[field] !== undefined));

export const judgeFunctions = (version: ModelVersion, upstreamCase: UpstreamCase): readonly string[] =>
  upstreamCase.expect.flatMap((wanted, index) =>
    answers.flatMap((field) => {
      if (wanted[field] === undefined) return [];
      const found = checks[field](version, upstreamCase, wanted);
      if (found === wanted[field]) return [];
      return [`expect[${index}] ${field}: expected ${String(wanted[field])}, found ${String(found)}`];
    }),
  );
