/** Through which nodes a load enters: one that no fault touches, those that faults touch, or all of them. */
export const entranceChoices = ['untouched', 'target', 'every'] as const;

export type EntranceChoice = (typeof entranceChoices)[number];
