import { dirname, isAbsolute, join } from 'node:path';
import { errnoOf, messageOf } from '../../common/errors.ts';
import { readTextFile } from '../../common/host/text-file.ts';
import { isMapping, type Mapping } from '../../common/plain-data.ts';
import { describeValue } from './value-labels.ts';
import { readYamlDocuments } from './yaml.ts';

/** The run's folder keeps the objects, in the scenario and in the plan. */
const maxBytes = 100_000;

/** What `kubectl apply -f` would find in a file, lists of objects opened; or what is wrong with it. */
export type ReadManifest = { readonly objects: readonly unknown[] } | { readonly problem: string };

/** `kind: List`, and lists of one kind. */
const opened = (document: unknown): readonly unknown[] =>
  isMapping(document) && Array.isArray(document.items) && String(document.kind).endsWith('List')
    ? document.items
    : [document];

const readText = (file: string): { readonly text: string } | { readonly problem: string } => {
  try {
    return { text: readTextFile(file, maxBytes, (message) => new Error(message)) };
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return { problem: `${file}: expected a file, received nothing there` };
    if (errnoOf(thrown) === null) return { problem: messageOf(thrown) };
    return { problem: `${file}: expected a readable file, received ${messageOf(thrown)}` };
  }
};

/**
 * Reads a file of Kubernetes' objects, as YAML 1.1 with several documents, or JSON.
 * @param file as a scenario names it: from the scenario's folder, or absolute
 * @param scenarioFile the scenario that names it
 */
export const readManifest = (file: string, scenarioFile: string): ReadManifest => {
  const path = isAbsolute(file) ? file : join(dirname(scenarioFile), file);
  const read = readText(path);
  if ('problem' in read) return read;
  const documents = readYamlDocuments(read.text);
  const problems = documents.flatMap((document) => (document.ok ? [] : document.problems));
  const [first] = problems;
  if (first !== undefined) return { problem: `${path}:${first.at.line}:${first.at.column}: ${first.message}` };
  const objects = documents.flatMap((document) => (document.ok && document.data !== null ? opened(document.data) : []));
  return objects.length === 0
    ? { problem: `${path}: expected objects of Kubernetes, received ${describeValue(null)}` }
    : { objects };
};

/** The data of a scenario with the objects of its manifest in the place of the file's name; or what is wrong with that. */
export const withManifest = (
  data: Mapping,
  read: (file: string) => ReadManifest,
): { readonly data: Mapping } | { readonly problem: string } => {
  const { workload } = data;
  if (!isMapping(workload) || typeof workload.manifest !== 'string') return { data };
  const found = read(workload.manifest);
  return 'problem' in found ? found : { data: { ...data, workload: { ...workload, manifest: found.objects } } };
};
