export type { HtmlInput } from './input.ts';
export { htmlReport } from './page.ts';
export { repeatsReport } from './repeats.ts';
