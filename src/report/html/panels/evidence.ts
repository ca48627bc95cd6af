import { countedGrouped } from '../../../common/text/counted.ts';
import { ofType } from '../../../timeline/index.ts';
import { type FaultResult, listText, nodeList, numberText } from '../../../verdict/index.ts';
import { type HtmlInput, zeroOf } from '../input.ts';
import { seconds } from '../labels.ts';
import { type Cell, el, type Markup, section, table } from '../markup.ts';

type Read = Extract<HtmlInput['events'][number], { type: 'setting.read' }>;

const valueText = (value: string | null): string => value ?? 'not passed';

/** One row a setting and answer; nodes that gave the same answer stand together. */
const settingRows = (events: HtmlInput['events']): Cell[][] => {
  const groups = Map.groupBy(ofType(events, 'setting.read'), ({ component, setting, expected, observed, same }: Read) =>
    JSON.stringify([component, setting, expected, observed, same]),
  );
  return [...groups.values()].map((reads): Cell[] => {
    const [{ component, setting, expected, observed, same }] = reads as [Read];
    const nodes = [...new Set(reads.map(({ node }) => node))];
    const where = nodes.length > 4 ? `${numberText(nodes.length)} nodes` : listText(nodes);
    return [
      el('code', {}, setting),
      component,
      valueText(expected),
      valueText(observed),
      where,
      el('span', { class: same ? 'good' : 'bad' }, same ? '✓ same' : '✗ differs'),
    ];
  });
};

/** What was asked for, what the live processes said, and what it means on this version. */
export const settingSection = ({ events, document, plan }: HtmlInput): Markup => {
  const rows = settingRows(events);
  const { attested, read } = document.settings;
  const said = document.predicted
    ? 'In the model settings are as configured: there is no process to read them from.'
    : `${countedGrouped(read, 'value was', 'values were')} read back from the running processes and kubelets${attested ? ', every one as configured' : '; not every setting is proved'}.`;
  return section(
    'settings',
    document.predicted ? 'Settings' : 'Settings, asked and read back',
    rows.length === 0
      ? el('p', { class: 'note' }, 'No setting is on record.')
      : table(
          'Settings',
          ['setting', 'component', 'asked', document.predicted ? 'modelled' : 'read back', 'on', ''],
          rows,
        ),
    el('p', { class: 'note' }, said),
    plan.profile.warnings.length === 0
      ? null
      : [
          el('h3', {}, `What these settings mean on ${plan.kubernetesVersion}`),
          el(
            'ul',
            { class: 'list' },
            plan.profile.warnings.map((warning) => el('li', {}, warning)),
          ),
        ].map((part) => part),
  );
};

const faultBlock = (fault: FaultResult, zeroMs: number, predicted: boolean): Markup => {
  const { kind, targets, startMs, injectedMs, endMs, attested, undone, evidence } = fault;
  const at = (ms: number | null): string => (ms === null ? 'not on record' : seconds(ms - zeroMs));
  const proof = predicted ? 'as modelled' : attested ? '✓ proved' : '✗ not proved';
  const times =
    startMs === null
      ? 'It never began.'
      : `Injection began at ${at(startMs)}, in place at ${at(injectedMs)}, undone at ${at(endMs)}${undone ? '' : '; not known to be undone'}.`;
  return el(
    'div',
    {},
    el(
      'h3',
      {},
      `${kind} on ${nodeList(targets)} `,
      el('span', { class: attested ? 'good' : 'bad' }, proof),
      undone || startMs === null ? null : el('span', { class: 'bad' }, ' ✗ not undone'),
    ),
    el('p', { class: 'note' }, times),
    evidence.length === 0
      ? el('p', { class: 'note' }, 'There is no proof on record.')
      : el(
          'ul',
          { class: 'list' },
          evidence.map((line) => el('li', {}, line)),
        ),
  );
};

/** Each fault, when it stood, and how that was proved. */
export const faultSection = (input: HtmlInput): Markup => {
  const { faults, predicted } = input.document;
  const zeroMs = zeroOf(input).ms;
  return section(
    'faults',
    predicted ? 'Faults' : 'Faults and their proof',
    faults.length === 0 ? el('p', { class: 'note' }, 'The plan has none.') : null,
    faults.map((fault) => faultBlock(fault, zeroMs, predicted)),
  );
};

/** What decides nothing, and what a reader should know all the same. */
export const findingSection = ({ document, series, scenarioYaml, events }: HtmlInput): Markup => {
  const notes = ofType(events, 'note').map(({ text }) => text);
  const missing = [
    ...(scenarioYaml === null
      ? ['scenario.yaml is missing from the folder: the scenario as it was written is not shown']
      : []),
    ...(series.unplaced === 0
      ? []
      : [
          `${countedGrouped(series.unplaced, 'request bears', 'requests bear')} no usable time: counted in the tables, absent from the chart`,
        ]),
    ...(document.durationMs === null ? ['the end of the run is not on record: lanes end with what was seen last'] : []),
  ];
  const all = [...document.findings, ...missing, ...notes];
  return section(
    'findings',
    'Findings',
    all.length === 0
      ? el('p', { class: 'note' }, 'Nothing was found beside the figures.')
      : el(
          'ul',
          { class: 'list' },
          all.map((text) => el('li', {}, text)),
        ),
  );
};

const outcomeLabels = {
  done: '✓ done',
  timedOut: '✗ timed out',
  failed: '✗ failed',
  interrupted: '✗ interrupted',
} as const;

/** Every step of the run as it went. */
export const stepsSection = (input: HtmlInput): Markup => {
  const zeroMs = zeroOf(input).ms;
  const rows = input.document.steps.map(({ name, startMs, endMs, outcome, detail }): Cell[] => [
    name,
    { number: seconds(startMs - zeroMs) },
    { number: endMs === null ? 'end not seen' : seconds(endMs - startMs) },
    el(
      'span',
      { class: outcome === null ? 'unsure' : outcome === 'done' ? 'good' : 'bad' },
      outcome === null ? '? end not seen' : outcomeLabels[outcome],
    ),
    detail,
  ]);
  return section(
    'steps',
    'Steps of the run',
    rows.length === 0
      ? el('p', { class: 'note' }, 'No step is on record.')
      : table(`Steps, ${zeroOf(input).what}`, ['step', '#began', '#took', 'ended', 'detail'], rows),
  );
};
