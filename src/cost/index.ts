export { type CostDocument, type PreparedCost, type ProfileCost, prepareCost } from './measure.ts';
export { costPicture } from './picture.ts';
export type { CostAsk, CostProfile } from './scenario.ts';
export { costText } from './text.ts';
