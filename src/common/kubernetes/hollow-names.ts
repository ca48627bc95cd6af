/** What names of hollow nodes begin with. */
export const hollowPrefix = 'hollow-';

/** Whether a node is one that kwok keeps, by its short name. */
export const isHollow = (node: string): boolean => node.startsWith(hollowPrefix);
