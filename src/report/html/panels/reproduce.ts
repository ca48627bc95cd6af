import { ofType } from '../../../timeline/index.ts';
import { clusterClassText } from '../../../verdict/index.ts';
import { placeOptions } from '../../again.ts';
import type { HtmlInput } from '../input.ts';
import { el, type Markup, section, table } from '../markup.ts';

const files = [
  ['run.json', 'every figure of this page'],
  ['events.ndjson', 'what was seen, an event a line'],
  ['requests.ndjson.gz', 'every request, one a line'],
  ['plan.json', 'the scenario made exact'],
  ['scenario.yaml', 'the scenario as it was resolved'],
  ['summary.md, junit.xml, openmetrics.txt', 'the figures for other readers'],
  ['manifest.json', 'SHA-256 of each file, versions of everything that took part'],
] as const;

/** Commands that make the run and this page again, the versions that took part, and the scenario itself. */
export const reproduceSection = ({ document, events, plan, scenarioYaml }: HtmlInput): Markup => {
  const versions = Object.entries(
    Object.assign({}, ...ofType(events, 'run.place').map((event) => event.versions)) as Record<string, string>,
  );
  const cluster = document.conditions?.cluster;
  // What a version is, the cluster says.
  const how =
    document.backend === 'cluster'
      ? placeOptions(document, plan)
      : `${document.backend === null ? '' : ` --backend ${document.backend}`} --kubernetes ${plan.kubernetesVersion}`;
  return section(
    'reproduce',
    'How to reproduce it',
    el(
      'p',
      {},
      'In the folder of this report’s run, or with its path before each file (in a checkout of skipbeat: ',
      el('code', {}, 'npm run skipbeat --'),
      ' in place of ',
      el('code', {}, 'skipbeat'),
      '):',
    ),
    el(
      'pre',
      { tabindex: 0 },
      `skipbeat run scenario.yaml${how} --seed ${plan.seed}\n` +
        'skipbeat report .      # every report of this folder again, offline',
    ),
    cluster === undefined ? null : [el('h3', {}, 'Class of the cluster'), el('p', {}, clusterClassText(cluster))],
    versions.length === 0
      ? null
      : [
          el('h3', {}, 'Versions'),
          table(
            'Versions of what took part',
            ['what', 'version'],
            versions.map(([what, version]) => [what, version]),
          ),
        ],
    el('h3', {}, 'Files beside this one'),
    table(
      'Files of the run folder',
      ['file', 'holds'],
      files.map(([file, holds]) => [el('code', {}, file), holds]),
    ),
    scenarioYaml === null
      ? null
      : el('details', {}, el('summary', {}, 'scenario.yaml'), el('pre', { tabindex: 0 }, scenarioYaml)),
  );
};
