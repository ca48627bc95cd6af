import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { SkipbeatError } from '../../../src/common/errors.ts';
import { randomFrom } from '../../../src/common/random.ts';
import { sampleOf } from '../../support/sample.ts';
import { manager, podOf, resultOf, server } from './files.ts';

type Path = readonly (string | number)[];
type Json = Record<string | number, unknown>;

const cluster = readFileSync(join(import.meta.dirname, '../../fixtures/review/cluster.yaml'), 'utf8');

/** Flags that the rows judge, of whichever component, and those on the list of harmless ones. */
const freeFlags =
  /^(?:node-monitor-(?:grace-)?period|default-(?:not-ready|unreachable)-toleration-seconds|leader-elect-\S+|profiling|v)$/;
/** The same of other places, and of what holds by default, which may be left out. */
const freePlaces =
  /^KubeletConfiguration (?:nodeStatus(?:Update|Report)Frequency|nodeLeaseDurationSeconds|logging\.verbosity|featureGates\.ContextualLogging|logging\.flushFrequency|syncFrequency|healthzPort)$|^ClusterConfiguration (?:clusterName|certificatesDir|imageRepository|networking\.(?:serviceSubnet|dnsDomain)|apiServer\.certSANs\.\d+|kubernetesVersion)$|^InitConfiguration localAPIEndpoint\.bindPort$|^Pod (?:status\.|metadata\.(?:uid|resourceVersion|creationTimestamp|annotations\.kubernetes\.io\/config\.(?:hash|seen))$)|^Pod spec\.containers\.0\.(?:image|livenessProbe\.(?:periodSeconds))$/;

/** What may be taken away, for it holds by default: of the API server, and where kubeadm writes its manifest. */
const heldByDefault: Readonly<Record<string, readonly string[]>> = {
  removed: ['--secure-port=6443'],
  'removed with all beside it': ['enable-admission-plugins', 'NodeRestriction'],
};

const at = (value: unknown, path: Path): unknown => path.reduce((each, step) => (each as Json)[step], value);

const leavesOf = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([key, each]) =>
        leavesOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
      )
    : [path];

/** Whether what stands at a place may differ, by its name alone; the list of the sources is not asked. */
const isFree = (documents: readonly Json[], [index, ...path]: Path): boolean => {
  const document = documents[Number(index)] ?? {};
  const word = at(document, path);
  if (typeof word === 'string' && word.startsWith('--')) return freeFlags.test(word.slice(2).split('=')[0] ?? '');
  const parent = at(document, path.slice(0, -1));
  if (path.includes('extraArgs') || path.includes('kubeletExtraArgs')) {
    return freeFlags.test(String((parent as Json)?.name));
  }
  return freePlaces.test(`${String(document.kind)} ${path.join('.')}`);
};

const others = ['x', '1', '20s', 'true', '/nowhere', 7, 0, true, false, null, '', [], {}] as const;

type Pick = <T>(list: readonly T[]) => T;

/** What is done to a place: what it holds is changed, emptied, taken away, doubled, or goes to another document. */
const changes: Readonly<Record<string, (documents: Json[], path: Path, pick: Pick) => void>> = {
  changed: (documents, path, pick) => {
    const parent = at(documents, path.slice(0, -1)) as Json;
    const last = path.at(-1) ?? '';
    const value = parent[last];
    parent[last] =
      typeof value === 'string' && value.startsWith('--') ? `${value.split('=')[0]}=${pick(others)}` : pick(others);
  },
  removed: (documents, path) => {
    const parent = at(documents, path.slice(0, -1));
    const last = path.at(-1) ?? '';
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete (parent as Json)[last];
  },
  'removed with all beside it': (documents, path) => {
    changes.removed?.(documents, path.slice(0, Math.max(2, path.length - 1)), (list) => list[0] as never);
  },
  'set beside': (documents, path, pick) => {
    const parent = at(documents, path.slice(0, -1));
    if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 0, pick(['--x=1', 'x', 1]));
    else (parent as Json)[pick(['invented', 'hostPID', 'paused', 'serializeImagePulls'])] = pick(others);
  },
  doubled: (documents, path, pick) => {
    const list = path.findLastIndex((step, index) => typeof step === 'number' && index > 0);
    if (list < 0) return;
    const items = at(documents, path.slice(0, list)) as unknown[];
    const item = structuredClone(items[Number(path[list])]);
    if (typeof item === 'string' && item.startsWith('--')) items.unshift(`${item.split('=')[0]}=${pick(others)}`);
    else items.push(item);
  },
  'moved to another document': (documents, path) => {
    const [index = 0, ...rest] = path;
    const parent = at(documents, path.slice(0, -1));
    const item = structuredClone(at(documents, path));
    const target = documents[(Number(index) + 1) % documents.length];
    const held = rest.slice(0, -1).reduce<unknown>((each, step) => (each as Json | undefined)?.[step], target);
    changes.removed?.(documents, path, (list) => list[0] as never);
    if (Array.isArray(parent) && Array.isArray(held)) held.push(item);
    else if (typeof held === 'object' && held !== null) (held as Json)[rest.at(-1) ?? ''] = item;
  },
};

const textOf = (documents: readonly Json[]): string => documents.map((each) => stringify(each)).join('---\n');

const outcomeOf = (base: string, candidate: string): string => {
  try {
    return resultOf(base, candidate);
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return 'refused';
    throw thrown;
  }
};

test.each([
  ['a file of kubeadm', cluster, 1],
  ['a manifest', manager, 2],
  ['pods of a cluster', `${podOf(manager, 'a')}---\n${podOf(server, 'a')}`, 3],
] as const)('no place of %s differs in silence, but for those that are judged or harmless', (_, text, seed) => {
  const rounds = sampleOf(25, 600);
  const documents = parseAllDocuments(text).map((each) => each.toJS() as Json);
  const base = textOf(documents);
  expect(outcomeOf(base, base)).toBe('same');
  const random = randomFrom(seed);
  const pick: Pick = (list) => list[Math.floor(random() * list.length)] as (typeof list)[number];
  const places = leavesOf(documents);
  const hows = Object.keys(changes).filter((how) => documents.length > 1 || !how.startsWith('moved'));
  const outcomes = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const [path, how] = [pick(places), pick(hows)];
    const copy = structuredClone(documents);
    changes[how]?.(copy, path, pick);
    const candidate = textOf(copy);
    if (isDeepStrictEqual(copy, documents)) continue;
    const outcome = outcomeOf(base, candidate);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome !== 'same' && outcome !== 'judged') continue;
    const wider = how === 'removed with all beside it' ? path.slice(0, Math.max(2, path.length - 1)) : path;
    const touched = places.filter((each) => wider.every((step, index) => step === each[index]));
    const isBeside = how === 'set beside' && !path.includes('certSANs') && !path.includes('status');
    const areFree =
      !isBeside &&
      touched.every(
        (each) => isFree(documents, each) || heldByDefault[how]?.includes(String(at(documents, each))) === true,
      );
    expect(areFree, `${path.join('.')} is ${how}:\n${candidate}`).toBe(true);
  }
  // Otherwise nothing was tried.
  expect(outcomes.get('unknown')).toBeGreaterThan(0.4 * rounds);
});
