/** What stands in the place of a value that may be a secret: where it stands is said, and what it is called. */
export const notShown = 'a value that is not shown';

/** Names of what may hold a secret, as keys, flags and fields have them. */
const secret =
  /token|secret|passw|certificateKey|credential|datastore|annotations|vpn-auth|(?:access|api|join|private)-?key\b|staticPodURLHeader|httpHeaders|\benv\b|extraEnvs|extra-env/i;

/** Of these what stands there is a file, how long something lasts, how it is done, or what a variable is called. */
const isPlace = /(?:-file|-ttl|-expiration|Strategy)\+?$|\.name$/i;

/** Whether what stands by a name, or by a path that is joined by dots, is not to be printed. */
export const isSecret = (name: string): boolean => secret.test(name) && !isPlace.test(name);

/** The user and password of a URL, and all of one that was cut off before its host. */
const userInfo = /([a-z][a-z\d+.-]*:\/\/)\S*(?:@|…)/gi;

/** What a review calls the words before a component's own, such as `env NAME=VALUE`. */
export const whatStarts = 'what starts it';

/** Variables among them. */
const variable = /(^|[\s"])([A-Za-z_]\w*=)[^\s"]+/g;

/** A value as it may be printed. @param name what it stands by */
export const shownValue = (name: string, value: string): string => {
  if (isSecret(name) && !/^(?:true|false)$/.test(value)) return notShown;
  const text = value.replace(userInfo, '$1…@');
  return name === whatStarts ? text.replace(variable, '$1$2…') : text;
};

/** A name as it may be printed: behind a blank it may have its value. */
export const shownName = (name: string): string => (isSecret(name) ? name.replace(/\s.*$/s, ' …') : name);

/** `name=value` within a text. */
const assignment = /([A-Za-z_][\w.+-]*)=(?!(?:true|false)\b)[^\s,"]+/g;

const withoutSecrets = (text: string): string =>
  text.replace(userInfo, '$1…@').replace(assignment, (all, name: string) => (isSecret(name) ? `${name}=…` : all));

/** Control characters, ends of lines, and marks that turn the direction of writing. */
const unsafe = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const escaped = (character: string): string => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/** A text with something of a file in it, as one line that shows no password of a URL and does nothing to a terminal. */
export const shownText = (text: string): string => withoutSecrets(text).replace(unsafe, escaped);

/** Whether a text leaves out what it is about: two that are the same may be about two values. */
export const leavesOutValue = (text: string): boolean => [notShown, '://…@', '=…'].some((part) => text.includes(part));
