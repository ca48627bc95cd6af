import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../../common/errors.ts';
import {
  defaultKubernetes,
  kindIsReady,
  probeEnvironment,
  renderChecks,
  renderRights,
  renderRows,
  rights,
} from '../../setup/index.ts';
import { printResult } from '../output/print.ts';
import { faultOutlooks, probeGround } from '../plan/fault-outlook.ts';

export type DoctorOptions = { readonly json?: boolean; readonly kubernetes?: string };

/** Prints what this machine has for the kind backend, what is missing, what takes root and which faults depend on it; changes nothing. Exit 0 or 75. */
export const doctor = async ({ json = false, kubernetes = defaultKubernetes }: DoctorOptions): Promise<ExitCode> => {
  const { checks, engine } = await probeEnvironment({ kubernetes });
  const faults = faultOutlooks(probeGround(engine?.cgroupVersion ?? null));
  const ready = kindIsReady(checks);
  if (json) {
    // `mend` is the key that readers of the JSON know.
    const printed = checks.map(({ fix, requiredFor, ...check }) => ({ ...check, mend: fix, requiredFor }));
    printResult(`${JSON.stringify({ kubernetes, ready, checks: printed, rights, faults }, null, 2)}\n`);
  } else {
    const verdict = ready
      ? `Ready for Kubernetes ${kubernetes} on kind.`
      : `Not ready for Kubernetes ${kubernetes} on kind.`;
    const outlook = renderRows(faults.map(({ kind, state, why }) => [kind, state, why]));
    printResult(
      `${renderChecks(checks)}\n\nWhat takes root\n${renderRights(rights)}\n\nFaults that ask more of this machine than a cluster\n${outlook}\n\n${verdict}\n`,
    );
  }
  return ready ? exitCodes.ok : exitCodes.environment;
};

export const registerDoctor = (program: Command): void => {
  program
    .command('doctor')
    .description('show what this machine has for real clusters, what is missing and what fixes it')
    .option('--kubernetes <version>', 'a minor (v1.34) or an exact version (v1.34.4)', defaultKubernetes)
    .option('--json', 'print the checks as JSON')
    .action(async (options: DoctorOptions) => {
      process.exitCode = await doctor(options);
    });
};
