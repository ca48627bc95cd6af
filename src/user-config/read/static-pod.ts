import { isMapping, type Mapping, type Path } from '../../common/plain-data.ts';
import { knownMinors, versionRange } from '../../profile/index.ts';
import { describeValue } from '../../scenario/index.ts';
import { components } from '../components.ts';
import { shownEntire, shownValue, shownWord, whatStarts } from '../shown.ts';
import type { Component } from '../types.ts';
import { isPreRelease, type Reader } from './document.ts';
import { readArgv } from './flags.ts';
import { readPodParts } from './parts/pod-parts.ts';
import { leaveUnfit } from './shape/leave-unfit.ts';
import { manifest } from './shape/pod.ts';
import { isShown, shownPod } from './shape/shown-pod.ts';
import { isWrapper, oddWordAt } from './wrappers.ts';

type Word = readonly [unknown, Path];

const names = (reader: Reader, value: unknown, path: Path): readonly Word[] => {
  if (Array.isArray(value)) return value.map((item: unknown, index) => [item, [...path, index]] as const);
  if (value !== undefined && value !== null) {
    reader.problem(path, `expected a list of texts, received ${shownEntire(value)}`);
  }
  return [];
};

/**
 * RKE2's hash of its files, a language, and what no proxy is asked for, which says nothing without one. They change nothing
 * that is predicted; those of Go's runtime may make a component slow.
 * @see rke2 pkg/staticpod/staticpod.go, pod
 */
const harmlessEnv = /^(?:FILE_HASH|NO_PROXY|no_proxy|LANG)$/;

/** Variables of a component's environment, such as `KUBE_FEATURE_…` and `HTTP2_READ_IDLE_TIMEOUT_SECONDS` of client-go. */
export const readEnvironment = (reader: Reader, value: unknown, path: Path): void => {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value)) {
    reader.problem(path, `expected a list of name and value, received ${describeValue(value)}`);
    return;
  }
  for (const [index, each] of value.entries()) {
    const name = isMapping(each) ? String(each.name) : '';
    const isText = isMapping(each) && (typeof each.value === 'string' || each.value === undefined);
    if (harmlessEnv.test(name) && isText && each.valueFrom === undefined) continue;
    reader.leaveUnread([...path, index], variableText(name));
  }
};

const variableText = (name: string): string =>
  `the variable ${describeValue(name)} of its environment may change everything`;

/** A word of `env NAME=VALUE … kube-controller-manager`. */
const readVariable = (reader: Reader, word: string, path: Path): void => {
  const [, name] = /^([A-Za-z_]\w*)=/.exec(word) ?? [];
  if (name !== undefined && !harmlessEnv.test(name)) reader.leaveUnread(path, variableText(name));
};

const shells = ['sh', 'bash', 'dash', 'ash', 'zsh', 'busybox'];

const programOf = ([word]: Word): string => String(word).split('/').at(-1) ?? '';

/** `…:v1.34.1`, `…:v1.30.4-rke2r1@sha256:…`; null where the tag names no version of Kubernetes. */
const tagVersion = (image: unknown): string | null =>
  typeof image === 'string' && !isPreRelease(image)
    ? (/:v?(1\.\d+\.\d+)(?:[-+_.][\w.+-]*)?(?:@sha256:[\da-f]+)?$/.exec(image)?.[1] ?? null)
    : null;

const readImage = (reader: Reader, component: Component, image: unknown, path: Path): void => {
  if (image === undefined || image === null) return;
  const version = tagVersion(image);
  if (version === null) {
    reader.noVersion(path, `the image ${describeValue(image)} names no version of Kubernetes`);
  } else if (knownMinors.includes(Number(version.split('.')[1]))) reader.version(`v${version}`, path);
  else reader.problem(path, `expected ${component} from ${versionRange}, received ${describeValue(image)}`);
};

/**
 * The words of the component itself, behind a wrapper that only starts it (`/go-runner --log-file=… kube-apiserver …`);
 * null where a shell or an unknown program stands there, whose words mean something else.
 */
const ownArgs = (argv: readonly Word[], component: Component): readonly Word[] | null => {
  const start = argv.findIndex((word) => programOf(word) === component);
  const first = argv[0] === undefined ? '' : programOf(argv[0]);
  if (argv.slice(0, Math.max(1, start)).some((word) => shells.includes(programOf(word)))) return null;
  if (start > 0 && !isWrapper(String(argv[0]?.[0]))) return null;
  if (start >= 0) return argv.slice(start + 1);
  return String(argv[0]?.[0]).startsWith('-') || first === '' ? argv : null;
};

/** Names what of a pod no kubelet is known to run as it stands, see `manifest`. */
const leaveUnfitPod = (reader: Reader, document: Mapping, component: Component): void => {
  const because = 'a kubelet may refuse this pod, or run it otherwise';
  const metadata = isMapping(document.metadata) ? document.metadata : {};
  leaveUnfit(reader, document, isShown(metadata.annotations) ? shownPod : manifest, because);
  // Two pods of one name are one to a kubelet.
  if (typeof metadata.name === 'string' && !`${metadata.name}-`.startsWith(`${component}-`)) {
    const name = describeValue(metadata.name);
    reader.leaveUnread(['metadata', 'name'], `${name} is not the name of a pod of ${component}: ${because}`);
  }
};

/** Reads the containers of a static pod: command and args together are the argv. @returns the components in it */
export const readPod = (reader: Reader, document: Mapping): readonly Component[] => {
  const containers =
    isMapping(document.spec) && Array.isArray(document.spec.containers) ? document.spec.containers : null;
  const podName = isMapping(document.metadata) ? document.metadata.name : undefined;
  const named = components.find((name) => typeof podName === 'string' && podName.startsWith(name));
  if (containers === null) {
    if (named === undefined) return [];
    reader.problem(['spec', 'containers'], `expected the containers of ${named}, received nothing`);
    return [named];
  }
  const found: Component[] = [];
  for (const [index, container] of containers.entries()) {
    if (!isMapping(container)) continue;
    const path = ['spec', 'containers', index] as const;
    const argv = [
      ...names(reader, container.command, [...path, 'command']),
      ...names(reader, container.args, [...path, 'args']),
    ];
    const component = components.find(
      (name) =>
        name === container.name ||
        argv.some((word) => programOf(word) === name) ||
        (containers.length === 1 && name === named),
    );
    if (component === undefined) continue;
    if (found.includes(component)) reader.problem(path, `expected one container of ${component}, received another one`);
    found.push(component);
    readPodParts(reader, document, component, container);
    readEnvironment(reader, container.env, [...path, 'env']);
    if (container.envFrom !== undefined) reader.leaveUnread([...path, 'envFrom'], 'its environment is not in the file');
    readImage(reader, component, container.image, [...path, 'image']);
    const own = ownArgs(argv, component);
    const place =
      container.command === undefined
        ? container.args === undefined
          ? path
          : [...path, 'args']
        : [...path, 'command'];
    if (argv.length === 0) reader.problem(path, `expected the command of ${component}, received none`);
    else if (own === null) {
      const [first] = argv[0] ?? [];
      const program = describeValue(typeof first === 'string' && !/^[\w./-]+$/.test(first) ? shownWord(first) : first);
      const what = shells.includes(programOf(argv[0] ?? ['', []])) ? 'a shell' : `the program ${program}`;
      reader.problem(place, `expected the argv of ${component}, received ${what}, whose text is not read`);
    } else {
      reader.command(component, place);
      const starting = argv.slice(0, argv.length - own.length).map(([word]) => String(word));
      for (const [index, word] of starting.entries()) readVariable(reader, word, argv[index]?.[1] ?? place);
      const before = starting.slice(0, -1);
      const odd = oddWordAt(before);
      const at = argv[odd?.index ?? 0]?.[1] ?? place;
      if (odd !== null && odd.refusal !== null) {
        const { program, expected, received } = odd.refusal;
        reader.problem(
          at,
          `expected ${expected} for ${program}, received ${describeValue(received)}, which keeps ${component} from starting`,
        );
      } else if (odd !== null) {
        const text = describeValue(shownValue(whatStarts, before.slice(odd.index).join(' ')));
        reader.leaveUnread(at, `what ${text} before ${component} does is not known: it may not run at all`);
      }
      if (starting.length > 0 && starting.join(' ') !== component) {
        reader.part({ unit: `Pod ${component}`, key: whatStarts, value: starting.join(' ') }, place);
      }
      readArgv(reader, component, own);
    }
  }
  const [component] = found;
  if (component !== undefined) leaveUnfitPod(reader, document, component);
  return found;
};
