import { isJsonText, readYamlDocuments } from '../../../scenario/index.ts';

/** `line` counts from 1, in the text. */
export type PartingFault = { readonly line: number; readonly message: string };

type Chunk = { readonly line: number; readonly text: string };

/**
 * The documents of a file as kubeadm's reader parts them: at lines that begin with `---`, but for one at the very
 * beginning of a document, which is then part of it.
 * @see apimachinery pkg/util/yaml/decoder.go, YAMLReader.Read
 */
const chunksOf = (lines: readonly string[]): readonly Chunk[] => {
  const chunks: Chunk[] = [];
  let held: string[] = [];
  const end = (next: number): void => {
    if (held.length > 0) chunks.push({ line: next - held.length, text: `${held.join('\n')}\n` });
    held = [];
  };
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('---') && held.length > 0) end(index + 1);
    else if (line !== '' || index < lines.length - 1) held.push(line);
  }
  // Behind the last line feed there is no line.
  end(lines.length + (lines.at(-1) === '' ? 0 : 1));
  return chunks;
};

const emptyFault = ({ line, text }: Chunk, isLast: boolean): PartingFault => {
  const what = /^\s*#/m.test(text) ? 'comments' : 'nothing';
  const where = isLast ? 'before' : 'behind';
  return {
    line,
    message: `expected a document with apiVersion and kind, received ${what} alone, with which kubeadm refuses the file: take out the --- ${where} it`,
  };
};

/**
 * What of a file kubeadm refuses, or does not read, for how its documents are parted.
 * @see kubernetes cmd/kubeadm/app/util/marshal.go, SplitYAMLDocuments and SplitConfigDocuments: of what stands between two
 *   separators the first document is read, and one without kind and apiVersion is refused
 */
export const partingFaults = (text: string): readonly PartingFault[] => {
  const lines = text.split(/\r?\n/);
  const chunks = chunksOf(lines);
  const marked = lines.flatMap((line, index): readonly PartingFault[] => {
    const rest = line.startsWith('---') ? line.slice(3).trim() : '';
    if (rest !== '' && !rest.startsWith('#')) {
      const received = 'received text behind it, with which kubeadm refuses the file: give it a line of its own';
      return [{ line: index + 1, message: `expected --- alone, ${received}` }];
    }
    if (line.startsWith('%')) {
      return [{ line: index + 1, message: 'expected no line that begins with %, with which kubeadm refuses the file' }];
    }
    return line.includes('\r') ? [{ line: index + 1, message: 'expected lines that end with a line feed' }] : [];
  });
  if (marked.length > 0) return marked;
  return chunks.flatMap((chunk, index): readonly PartingFault[] => {
    const [first, second] = readYamlDocuments(chunk.text);
    if (first === undefined || (first.ok && (first.data ?? null) === null)) {
      return [emptyFault(chunk, index > 0 && index === chunks.length - 1)];
    }
    // In the whole file one behind another document is read as YAML.
    if (!first.ok && index > 0 && isJsonText(chunk.text)) {
      return first.problems.map(({ at, message }) => ({ line: chunk.line + at.line - 1, message }));
    }
    if (second === undefined) return [];
    const dots = chunk.text.split('\n').findIndex((line) => /^\.\.\.(?:\s|$)/.test(line));
    return [
      {
        line: chunk.line + Math.max(0, dots),
        message: 'expected --- between documents, received ..., behind which kubeadm reads nothing: write --- there',
      },
    ];
  });
};

/** Where `---` has a comment behind it, other than on the first line: older readers take it for no separator. */
export const commentedSeparators = (text: string): readonly number[] =>
  text.split('\n').flatMap((line, index) => (index > 0 && /^---[ \t]+#/.test(line) ? [index + 1] : []));
