export { junitXml } from './formats/junit.ts';
export { openMetricsText } from './formats/open-metrics.ts';
export { summaryMarkdown } from './formats/summary-md.ts';
export { htmlReport } from './html/index.ts';
export { runJson } from './json.ts';
export { clean, hang, wrap } from './layout.ts';
export { createProgress, type Progress, type ProgressOptions } from './progress.ts';
export { stepsText } from './steps.ts';
export { type SummaryOptions, summaryText } from './terminal.ts';
