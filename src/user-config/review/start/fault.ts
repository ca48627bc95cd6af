/** Why a component does not start with what it is passed on a version; `isKnown` false: nobody here knows whether it does. */
export type StartFault = { readonly origin: string; readonly isKnown: boolean; readonly text: string };
