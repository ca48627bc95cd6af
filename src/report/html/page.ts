import type { HtmlInput } from './input.ts';
import { verdictWord } from './labels.ts';
import { chartSection, lanesFor, pageData } from './panels/chart.ts';
import { detectionSection } from './panels/detection.ts';
import { faultSection, findingSection, settingSection, stepsSection } from './panels/evidence.ts';
import { expectationSection, pageHeader, verdictBlock } from './panels/overview.ts';
import { reproduceSection } from './panels/reproduce.ts';
import { milestoneSection, nodeSection, phaseSection } from './panels/tables.ts';
import { pageOf } from './shell.ts';

/**
 * report.html: one file that needs no other, for a person. Its figures are those of run.json; its chart is drawn from
 * the timeline. Pure but for reading the page's own files; the same input gives the same bytes.
 */
export const htmlReport = (input: HtmlInput): string => {
  const { document } = input;
  const lanes = lanesFor(input);
  return pageOf({
    title: `${verdictWord(document)}: ${document.scenario} on ${document.kubernetesVersion}${document.predicted ? ' (predicted)' : ''}`,
    header: pageHeader(input),
    verdict: verdictBlock(input),
    sections: [
      ['expectations', 'Expectations', expectationSection(input)],
      ['timeline', 'Timeline', chartSection(input, lanes)],
      ['milestones', 'Milestones', milestoneSection(input)],
      ['detection', 'Detection', detectionSection(input)],
      ['requests', 'Requests', phaseSection(input)],
      ['nodes', 'Nodes', nodeSection(input)],
      ['settings', 'Settings', settingSection(input)],
      ['faults', 'Faults', faultSection(input)],
      ['findings', 'Findings', findingSection(input)],
      ['steps', 'Steps', stepsSection(input)],
      ['reproduce', 'Reproduce', reproduceSection(input)],
    ],
    data: pageData(input, lanes),
  });
};
