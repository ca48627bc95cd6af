import type { ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import { runModel } from '../../../../src/backend/model/index.ts';
import { cluster, steady } from '../support/clusters.ts';
import { silent } from '../support/quiet-simulation.ts';
import type { UpstreamCase } from './read.ts';

/** Whether a case is about what a kubelet writes over minutes in which nothing is done to it. */
export const isOfKubelets = ({ expect }: UpstreamCase): boolean =>
  expect.every((wanted) => (wanted.leaseRenewedWithin_s ?? wanted.statusHeartbeatGapAtLeast_s) !== undefined);

/** Longest gap between two of these, or since the last; s. */
const maxGap = (timesS: readonly number[], endS: number): number =>
  Math.max(...[...timesS, endS].map((atS, index) => atS - (timesS[index - 1] ?? timesS[0] ?? 0)));
const shortestGap = (timesS: readonly number[]): number =>
  Math.min(...timesS.slice(1).map((atS, index) => atS - (timesS[index] ?? 0)));

const fewest = 80;

/** A cluster that has run for weeks, and then for as long as the case lasts, and half as long again. */
export const judgeKubelets = (version: ModelVersion, { expect, flags }: UpstreamCase): readonly string[] => {
  const forS = 1.5 * Math.max(fewest, ...expect.map(({ orObservedFor_s }) => orObservedFor_s ?? 0));
  const leaseDurationSeconds = flags.nodeLeaseDurationSeconds;
  const asked = leaseDurationSeconds === undefined ? {} : { leaseDurationSeconds };
  const renewedS: number[] = [];
  const postedS: number[] = [];
  const run = runModel(cluster(version, asked, { phases: [steady(forS)] }), {
    ...silent,
    lease: (atUs, { name }) => {
      if (name === 'worker') renewedS.push(atUs / 1e6);
    },
    node: (atUs, { name }, before, after) => {
      if (name === 'worker' && before?.heartbeatUs !== after.heartbeatUs) postedS.push(atUs / 1e6);
    },
  });
  const endS = run.nowUs() / 1e6;
  return expect.flatMap(({ leaseRenewedWithin_s, statusHeartbeatGapAtLeast_s, orObservedFor_s = 0 }, index) => {
    const unmet: string[] = [];
    const gapS = maxGap(renewedS, endS);
    if (leaseRenewedWithin_s !== undefined && !(renewedS.length > 1 && gapS <= leaseRenewedWithin_s)) {
      unmet.push(`expect[${index}] lease renewed: expected within ${leaseRenewedWithin_s} s, found ${gapS}`);
    }
    const postGapS = shortestGap(postedS);
    const longEnough = postedS.length > 1 || endS >= orObservedFor_s;
    if (statusHeartbeatGapAtLeast_s !== undefined && !(longEnough && postGapS >= statusHeartbeatGapAtLeast_s)) {
      unmet.push(`expect[${index}] status posted: expected ${statusHeartbeatGapAtLeast_s} s apart, found ${postGapS}`);
    }
    return unmet;
  });
};
