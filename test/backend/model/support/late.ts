import { collectFigures, type ModelConfig, runModel } from '../../../../src/backend/model/index.ts';

/** When a fault began, and the first pass after that which found a node late; 0: none did. */
export const firstLateOf = (config: ModelConfig): { readonly faultUs: number; readonly lateUs: number } => {
  let faultUs = 0;
  let lateUs = 0;
  runModel(config, {
    ...collectFigures(),
    event: (atUs, { type }) => {
      if (type === 'fault.injected') faultUs = atUs;
    },
    passWork: (_, { beganUs, updateUs }) => {
      if (faultUs > 0 && lateUs === 0 && updateUs > 0) lateUs = beganUs;
    },
  });
  return { faultUs, lateUs };
};
