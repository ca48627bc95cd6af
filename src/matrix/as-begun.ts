import { userConfigName } from '../profile/index.ts';
import { profilesIn, textsIn } from './spec.ts';
import type { MatrixDocument } from './types.ts';

/** What may stand beside `--resume` where it says what the matrix was begun with, each as typed; left out: not typed. */
export type TypedAgain = {
  readonly profiles?: string;
  readonly kubernetes?: string;
  readonly with?: string;
  readonly backend?: string;
  readonly age?: string;
  readonly set?: readonly string[];
};

const agePath = 'cluster.age=';

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((each) => other.includes(each));

/** Of two changes of one value the last counts. */
const isInOrder = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index]);

/** Whether a version as it was typed, a minor or exact, is that exact one. */
const isVersion = (typed: string, exact: string): boolean => exact === typed || exact.startsWith(`${typed}.`);

/**
 * In what a command line differs from what the matrix of a folder was begun with, one sentence each; options that a matrix
 * does not say of itself differ whatever they say.
 */
export const differsFromBegun = (document: MatrixDocument, typed: TypedAgain): readonly string[] => {
  const { asked, sets, backend } = document;
  const own = sets.filter((set) => !set.startsWith(agePath));
  const ages = sets.filter((set) => set.startsWith(agePath)).map((set) => set.slice(agePath.length));
  const profiles = asked?.profiles.filter((name) => name !== userConfigName) ?? [];
  const extras = asked?.disturbances.filter((name) => name !== 'pause') ?? [];
  const sentence = (option: string, begun: readonly string[], received: string): string =>
    `--${option}: expected ${begun.length === 0 ? 'nothing' : begun.join(',')}, as the matrix was begun, received ${JSON.stringify(received)}`;
  const listed = (
    option: string,
    text: string | undefined,
    begun: readonly string[],
    is: boolean,
  ): readonly string[] => (text === undefined || (is && asked !== undefined) ? [] : [sentence(option, begun, text)]);
  const versions = textsIn(typed.kubernetes ?? '');
  const areVersions =
    versions.every((version) => asked?.versions.some((exact) => isVersion(version, exact))) &&
    asked?.versions.every((exact) => versions.some((version) => isVersion(version, exact))) === true;
  return [
    ...listed('profiles', typed.profiles, profiles, isSame(profilesIn(typed.profiles ?? ''), profiles)),
    ...listed('kubernetes', typed.kubernetes, asked?.versions ?? [], areVersions),
    ...listed('with', typed.with, extras, isSame(textsIn(typed.with ?? ''), extras)),
    ...(typed.backend === undefined || typed.backend === backend
      ? []
      : [sentence('backend', [backend], typed.backend)]),
    ...(typed.age === undefined || isSame([typed.age], ages) ? [] : [sentence('age', ages, typed.age)]),
    ...(typed.set === undefined || isInOrder(typed.set, own) || isInOrder(typed.set, sets)
      ? []
      : [sentence('set', own, typed.set.join(','))]),
  ];
};
