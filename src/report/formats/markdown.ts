import { markdown } from '../../common/text/markdown.ts';
import { sizeText } from '../../plan/index.ts';
import { clusterClassText, type RepeatsDocument, type RunDocument } from '../../verdict/index.ts';
import { nothingExpected, outcomeOf } from '../outcome.ts';

const heads = { pass: 'PASS', fail: 'FAIL', inconclusive: 'INCONCLUSIVE', measured: 'MEASURED' } as const;

/** What came of it and what was run, before any figure. */
export const headLines = (document: RunDocument | RepeatsDocument): readonly string[] => {
  const { profile, topology, kubernetesVersion, backend, predicted } = document;
  const outcome = outcomeOf(document);
  const cluster = backend === 'cluster' ? document.conditions?.cluster : undefined;
  const place = sizeText(topology);
  return [
    `### ${heads[outcome]}: ${markdown(document.scenario)}, ${markdown(document.title)}`,
    '',
    ...(outcome === 'measured' ? [`Neither pass nor fail: ${nothingExpected}.`, ''] : []),
    ...(predicted ? ['**Predicted, nothing was run**: every figure comes from the model.', ''] : []),
    `Profile ${markdown(profile.name)} (${profile.reading}) on Kubernetes ${markdown(kubernetesVersion)}, ${place}` +
      `${backend === null ? '' : `, ${backend}`}, seed ${document.seed}`,
    ...(cluster === undefined ? [] : ['', `Cluster: ${markdown(clusterClassText(cluster))}`]),
  ];
};

/** Empty where there is nothing under the title. */
export const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', `**${title}**`, '', ...lines];

/** The first ones, escaped, and in a last one how many are left out. */
export const bullets = (texts: readonly string[], max: number): readonly string[] => {
  const lines = texts.map((text) => `- ${markdown(text)}`);
  if (lines.length <= max) return lines;
  return [...lines.slice(0, max - 1), `- … and ${lines.length - max + 1} more in \`run.json\``];
};
