import { formatDuration } from '../common/duration.ts';
import { counted } from '../common/text/counted.ts';
import type { UserConfig } from '../profile/index.ts';
import { type LoadedScenario, loadScenario, type Override } from '../scenario/index.ts';

/** What is measured, as it was asked for. */
export type CostAsk = {
  readonly hollow: number;
  readonly forMs: number;
  /** `v1.34` or `v1.34.4` */
  readonly kubernetes: string;
};

/** Settings under a name: one of the profiles', or somebody's own. */
export type CostProfile = { readonly name: string; readonly userConfig?: UserConfig };

/** After the load has begun so long is waited, for what it brings with it; and so long is left for the last reading. */
const [stableMs, spareMs] = [5000, 20_000] as const;

/**
 * What a node that has joined costs the controller manager: its not-ready taint is read and taken away, and an Event says that it is
 * registered, at --kube-api-qps 20.
 * @see kubernetes pkg/controller/nodelifecycle
 */
const joiningMs = (3 * 1000) / 20;

/** When the first reading is due after the steady phase has begun: once what the joining of so many nodes cost is over. */
export const firstReadingMs = (hollow: number): number => stableMs + hollow * joiningMs;

/** A load that costs next to nothing: of clients nothing is asked. */
const requestsPerSecond = 1;

const change = (origin: string, path: readonly string[], value: unknown): Override => ({ origin, path, value });

/**
 * A cluster with hollow nodes that nothing is done to, for as long as is measured.
 * @throws SkipbeatError SCENARIO_INVALID (exit 64), of 0 and of 20,000 hollow nodes, too
 */
export const costScenario = (
  { name, userConfig }: CostProfile,
  { hollow, forMs, kubernetes }: CostAsk,
): LoadedScenario =>
  loadScenario('default', {
    overrides: [
      change('cost', ['name'], `cost-${name}`),
      change('cost', ['title'], `What the heartbeats of ${counted(hollow, 'hollow node')} cost under ${name}`),
      change('--profiles', ['profile'], userConfig === undefined ? name : { name, userConfig }),
      change('--kubernetes', ['cluster', 'kubernetes'], kubernetes),
      change('--hollow', ['cluster', 'hollow'], { nodes: hollow, zones: 1 }),
      change('cost', ['load', 'ratePerSecond'], requestsPerSecond),
      change('--for', ['phases'], [{ steady: formatDuration(firstReadingMs(hollow) + forMs + spareMs) }]),
      change('cost', ['expect'], []),
    ],
  });
