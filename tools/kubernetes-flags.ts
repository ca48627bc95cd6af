// `node tools/kubernetes-flags.ts FOLDER` writes src/user-config/tables/flag-table.ts and src/user-config/tables/gate-table.ts from what
// tools/kubernetes-flags/main.go found in the sources of each version: FOLDER/1.34.4.json and so on, of every minor the
// first release, where it can be had, and the last. What they differ in is not known of the minor.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownMinors } from '../src/profile/index.ts';
import {
  grouped,
  head,
  ranges,
  readScans,
  type Scan,
  type Spec,
  type State,
  specOn,
  stateOf,
} from './kubernetes-flags/tables.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('expected the folder of the scans');
const scans = readScans(folder);
for (const minor of knownMinors) {
  if (!scans.some((each) => each.minor === minor)) throw new Error(`expected a scan of v1.${minor}`);
}

const names = (text: string): readonly string[] => text.trim().split(/\s+/);
const from = (first: number, last: number) => (minor: number) => minor >= first && minor <= last;

/*
 * What the walk through the sources does not see: `version`, which is looked up; flags of klog, added as a whole, to
 * v1.25; flags by way of a variable; to v1.12 every flag of the process is one of the component's.
 */
const klog = names(
  'log-flush-frequency alsologtostderr log-backtrace-at log-dir logtostderr stderrthreshold v vmodule',
);
const secondKlog = names('log-file skip-headers');
const laterKlog = names('add-dir-header log-file-max-size one-output skip-log-headers');
const unseen = (component: string, name: string, minor: number): 'present' | 'unknown' | null => {
  if (name === 'version' || name === 'help') return 'present';
  if (klog.includes(name) && minor <= 25) return 'present';
  if (secondKlog.includes(name) && from(13, 25)(minor)) return 'present';
  if (laterKlog.includes(name) && minor <= 25) return minor >= 20 ? 'present' : 'unknown';
  if (component === 'kube-apiserver' && /^(?:insecure-)?port$/.test(name) && from(20, 23)(minor)) return 'present';
  if (component === 'kube-apiserver' && /^default-.*-toleration-seconds$/.test(name)) return 'present';
  return component !== 'kubelet' && minor <= 12 ? 'unknown' : null;
};

const components = ['kube-controller-manager', 'kube-apiserver', 'kubelet'] as const;

const kinds = ['boolean', 'duration', 'integer', 'number', 'text'] as const;

/** By the method of pflag that registers it, the same in every version. */
const kindOfMethod = (method: string): (typeof kinds)[number] =>
  /^Bool/.test(method)
    ? 'boolean'
    : method === 'DurationVar'
      ? 'duration'
      : /^U?[Ii]nt(?:32|64)?Var$/.test(method)
        ? 'integer'
        : /^Float/.test(method)
          ? 'number'
          : 'text';

const flagsOf = (component: string): readonly (readonly [string, string])[] => {
  const methods = new Map<string, string>();
  for (const { scan } of scans) {
    for (const [name, how] of Object.entries(scan[component]?.flags ?? {})) {
      methods.set(name.replaceAll('_', '-'), how.split(' ')[0] ?? '');
    }
  }
  const aloneOfKlog = /^(?:add-dir-header|alsologtostderr|logtostderr|one-output|skip-(?:log-)?headers|version|help)$/;
  const aloneByRegister = /^(?:log-cadvisor-usage|docker-(?:only|tls)|enable-load-reader|storage-driver-secure)$/;
  const kindOf = (name: string): (typeof kinds)[number] =>
    aloneOfKlog.test(name) || aloneByRegister.test(name) ? 'boolean' : kindOfMethod(methods.get(name) ?? '');
  const has = (scan: Scan, name: string): boolean =>
    [name, name.replaceAll('-', '_')].some((each) => Object.hasOwn(scan[component]?.flags ?? {}, each));
  const key = (name: string): string =>
    ranges((minor) => {
      const own = scans.filter((each) => each.minor === minor).map(({ scan }) => (has(scan, name) ? '' : '-'));
      const seen = stateOf(own);
      if (seen === '') return '';
      const more = unseen(component, name, minor);
      return more === 'present' ? '' : more === 'unknown' ? '?' : seen;
    });
  const names = [...new Set([...methods.keys(), ...klog, ...secondKlog, ...laterKlog, 'version', 'help'])];
  return kinds.map((kind) => [
    kind,
    grouped(
      names.filter((name) => kindOf(name) === kind),
      key,
    ),
  ]);
};

writeFileSync(
  join(import.meta.dirname, '../src/user-config/tables/flag-table.ts'),
  `${head('tools/kubernetes-flags.ts')}/**
 * Flags by how their value is read, and by the minors of v1 in which a component has them, first to last; \`?\`: not
 * known of those.
 */
export const flagTable = {
${components
  .map((component) => {
    const tables = flagsOf(component).map(([kind, table]) => `    ${kind}: \`\n${table}\n    \`,\n`);
    return `  ${component.includes('-') ? `'${component}'` : component}: {\n${tables.join('')}  },`;
  })
  .join('\n')}
} as const;
`,
);

/** `T`, `F`: locked to true or false; `P`: not yet there, and refused; empty: may be set. */
const gateState = (name: string, specs: readonly Spec[] | undefined, minor: number): State => {
  if (specs === undefined) return '-';
  // Of those that component-base brings for metrics it is not seen which component takes them.
  if (name === 'ComponentSLIs' || name === 'NativeHistograms') return '?';
  if (/^All(?:Alpha|Beta)$/.test(name)) return '';
  if (specs.some(({ Version }) => Version === '?')) return '?';
  const spec = specOn(specs, minor);
  if (spec === undefined || spec.Pre === 'PreAlpha') return 'P';
  if (!spec.Lock) return '';
  return spec.Default === 'true' ? 'T' : spec.Default === 'false' ? 'F' : '?';
};

const gates = [...new Set(scans.flatMap(({ scan }) => Object.keys(scan.gates)))];
const gateKey = (name: string): string =>
  ranges((minor) =>
    stateOf(
      scans.filter((each) => each.minor === minor).map(({ scan }) => gateState(name, scan.gates[name]?.Specs, minor)),
    ),
  );
writeFileSync(
  join(import.meta.dirname, '../src/user-config/tables/gate-table.ts'),
  `${head('tools/kubernetes-flags.ts')}/**
 * Feature gates by the minors of v1 that know them; \`T\` and \`F\`: locked to true or false; \`P\`: known, and refused;
 * \`?\`: not known of those.
 */
export const gateTable = \`
${grouped(gates, gateKey)}
\`;
`,
);
