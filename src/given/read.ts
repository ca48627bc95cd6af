import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { readTextFile } from '../common/text-file.ts';
import { describeValue, readYamlDocuments } from '../scenario/index.ts';
import { type Gathered, isMapping, readerOf } from './document.ts';
import { readDocument } from './kinds.ts';
import type { Given } from './types.ts';

const largestBytes = 1_000_000;
const mostShown = 40;

const invalid = (message: string): SkipbeatError =>
  new SkipbeatError('GIVEN_INVALID', message.replaceAll(/[^\P{Cc}\n]/gu, ' '), {
    exitCode: exitCodes.usage,
    next: 'give a static pod manifest, a kubeadm configuration or a KubeletConfiguration, as the machine has it',
  });

const textOf = (file: string): string => {
  try {
    return readTextFile(file, largestBytes, invalid);
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) throw thrown;
    const received = errnoOf(thrown) === 'ENOENT' ? 'nothing there' : messageOf(thrown);
    throw invalid(`${file}: expected a readable file, received ${received}`);
  }
};

/**
 * Reads what the text of a file says about heartbeats, every document in it, every problem at once.
 * @throws SkipbeatError GIVEN_INVALID (exit 64), one problem a line: `file:line:column: path: expected …, received …`
 */
export const readGivenText = (text: string, file: string): Given => {
  const gathered: Gathered = { problems: [], settings: [], passedOver: [] };
  const titles: string[] = [];
  let kubernetesVersion: string | null = null;
  for (const yaml of readYamlDocuments(text)) {
    if (!yaml.ok) {
      gathered.problems.push(...yaml.problems.map(({ at, message }) => `${file}:${at.line}:${at.column}: ${message}`));
      continue;
    }
    if (yaml.data === null || yaml.data === undefined) continue;
    const reader = readerOf(file, yaml, gathered);
    if (!isMapping(yaml.data)) {
      reader.problem([], `expected a mapping with apiVersion and kind, received ${describeValue(yaml.data)}`);
      continue;
    }
    const read = readDocument(reader, yaml.data);
    if (read === null) continue;
    titles.push(read.title);
    kubernetesVersion = read.kubernetesVersion ?? kubernetesVersion;
  }
  if (titles.length === 0 && gathered.problems.length === 0) {
    gathered.problems.push(`${file}:1:1: expected settings of Kubernetes, received a file without any`);
  }
  if (gathered.problems.length > 0) {
    const more = gathered.problems.length - mostShown;
    throw invalid([...gathered.problems.slice(0, mostShown), ...(more > 0 ? [`… and ${more} more`] : [])].join('\n'));
  }
  return { documents: titles, settings: gathered.settings, kubernetesVersion, passedOver: gathered.passedOver };
};

/** The same of a file. @throws SkipbeatError GIVEN_INVALID (exit 64) */
export const readGivenFile = (file: string): Given => readGivenText(textOf(file), file);

/**
 * What several files say together. Within a file the last of two equal flags counts, as it does for the component.
 * @throws SkipbeatError GIVEN_INVALID (exit 64), where two files say different things of one setting
 */
export const joinGiven = (files: readonly Given[]): Given => {
  const settings = files.flatMap((given) => {
    const last = new Map(given.settings.map((setting) => [`${setting.component} ${setting.name}`, setting]));
    return [...last.values()];
  });
  const clashes = settings.flatMap((one, index) =>
    settings
      .slice(index + 1)
      .filter((other) => other.component === one.component && other.name === one.name && other.value !== one.value)
      .map(
        (other) =>
          `${other.origin}: ${other.name}: expected ${one.value}, as ${one.origin} says, received ${other.value}`,
      ),
  );
  if (clashes.length > 0) throw invalid(clashes.join('\n'));
  const first = new Map(settings.toReversed().map((setting) => [`${setting.component} ${setting.name}`, setting]));
  return {
    documents: files.flatMap(({ documents }) => documents),
    settings: [...first.values()].reverse(),
    kubernetesVersion: files.find((given) => given.kubernetesVersion !== null)?.kubernetesVersion ?? null,
    passedOver: files.flatMap(({ passedOver }) => passedOver),
  };
};
