import { type Command, Option } from 'commander';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type LoadKind, rbacYaml, readServiceChoice, type Subject } from '../../guard/index.ts';
import { printResult } from '../output/print.ts';

type Options = {
  readonly user?: string;
  readonly group?: string;
  readonly serviceAccount?: string;
  readonly settings?: boolean;
  readonly load?: boolean;
  readonly service?: string;
  readonly injector?: string;
};

const invalid = (option: string, expected: string, received: string, example: string): SkipbeatError =>
  new SkipbeatError('RBAC_SUBJECT_INVALID', `${option}: expected ${expected}, received ${JSON.stringify(received)}.`, {
    exitCode: exitCodes.usage,
    next: skipbeat(`rbac ${option} ${example}`),
  });

/** @throws SkipbeatError RBAC_SUBJECT_INVALID (exit 64) */
export const subjectOf = ({ user, group, serviceAccount }: Options): Subject | null => {
  // As of a shell's variable that is not set: the API server would take all but the bindings.
  if (user?.trim() === '') throw invalid('--user', 'a name', user, 'jane');
  if (group?.trim() === '') throw invalid('--group', 'a name', group, 'chaos-engineers');
  if (user !== undefined) return { kind: 'User', name: user };
  if (group !== undefined) return { kind: 'Group', name: group };
  if (serviceAccount === undefined) return null;
  const [, namespace, name] = /^([a-z0-9-]+):([a-z0-9.-]+)$/.exec(serviceAccount) ?? [];
  if (namespace !== undefined && name !== undefined) return { kind: 'ServiceAccount', namespace, name };
  throw invalid('--service-account', 'NAMESPACE:NAME', serviceAccount, 'ci:skipbeat');
};

/** @throws SkipbeatError CONTEXT_OPTION_INVALID (exit 64) */
const loadOf = ({ load = false, service }: Options): LoadKind => {
  if (service !== undefined) return { service: readServiceChoice(service, null) };
  return load ? 'workload' : null;
};

/** `skipbeat rbac`. */
export const registerRbac = (program: Command): void => {
  program
    .command('rbac')
    .description('print the least rights that a run on a cluster of yours needs, as YAML for kubectl apply')
    .addOption(new Option('--user <name>', 'bind them to this user').conflicts(['group', 'serviceAccount']))
    .addOption(new Option('--group <name>', 'bind them to this group').conflicts('serviceAccount'))
    .option('--service-account <namespace:name>', 'bind them to this service account')
    .option('--settings', "with the rights that only reading the cluster's settings needs")
    .option('--load', 'with the rights of a run with --load-from pod, and the namespace of its workload')
    .option('--service <namespace/name>', 'with those of a run with --load-from pod and this --service instead')
    .addOption(
      new Option('--injector <name>', 'with those of a run with this --injector').choices(['agent', 'chaos-mesh']),
    )
    .action((options: Options) => {
      const { settings = false, injector } = options;
      const isChaosMesh = injector === 'chaos-mesh';
      printResult(rbacYaml({ settings, load: loadOf(options), isChaosMesh, subject: subjectOf(options) }));
    });
};
