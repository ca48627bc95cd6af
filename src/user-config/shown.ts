import { describeValue } from '../scenario/index.ts';
import { components } from './components.ts';
import { isWrapper } from './read/wrappers.ts';
import { flagKind } from './tables/component-flags.ts';

/** What stands in the place of a value that may be a secret: where it stands is said, and what it is called. */
export const notShown = 'a value that is not shown';

/** Names of what may hold a secret, as keys, flags and fields have them. */
const secret =
  /token|secret|passw|\bpwd\b|bearer|certificateKey|credential|datastore|annotations|vpn-auth|(?:access|api|join|private|encryption|aes|pgp)[-.]?key\b|staticPodURLHeader|httpHeaders|\benv\b|extraEnvs|extra-env/i;

/** Of these what stands there is a file, how long something lasts, how it is done, or what a variable is called. */
const isPlace = /(?:-file|-ttl|-expiration|Strategy)\+?$|\.name$/i;

/** Whether what stands by a name, or by a path that is joined by dots, is not to be printed. */
export const isSecret = (name: string): boolean => secret.test(name) && !isPlace.test(name);

/** The user and password of a URL, and all of one that was cut off before its host. */
const userInfo = /([a-z][a-z\d+.-]*:\/\/)\S*(?:@|…)/gi;

/** What a review calls the words before a component's own, such as `env NAME=VALUE`. */
export const whatStarts = 'what starts it';

/** Users and passwords of images, whose digests look alike. */
const imageUser = /(^|[\s"'])[^\s"'@/:]+:[^\s"'@/]+@(?!sha\d+:)/g;

/** What says in its own words that it is a secret: the header of a request, a key as PEM has it. */
const header = /\b(Authorization:)\s+[^\s"']+(?:\s+[^\s"']+)?|\b(Bearer|Basic)\s+[^\s"']+/gi;
const pem = /-----BEGIN[^"']*/g;

/** `name: value`, as other headers have it; not a sentence that says as much. */
const pair = /([A-Za-z][\w-]*):[ \t]+(?!…|a value that is not shown)[^\s"']+/g;
const shownPair = (all: string, name: string): string => (isSecret(name) ? `${name}: …` : all);

const withoutCredentials = (text: string): string =>
  text
    .replace(userInfo, '$1…@')
    .replace(imageUser, '$1…@')
    .replace(header, '$1$2 …')
    .replace(pem, '-----BEGIN…')
    .replace(pair, shownPair);

/** Whether a flag is one that a component is known to have, of whichever. */
const isKnownFlag = (name: string): boolean => components.some((component) => flagKind(component, name) !== null);

const isProgram = (word: string): boolean =>
  isWrapper(word) || components.some((component) => component === word.split('/').at(-1));

/**
 * A word of a command as it may be printed: programs and flags that are known here. Of another one, which may be or hold a
 * secret, only what stands before its `=`.
 */
export const shownWord = (word: string): string => {
  const [, name = '', sign = '', value = ''] = /^--?([A-Za-z][\w-]*)(?:(=)(.*))?$/s.exec(word) ?? [];
  if (isProgram(word) || /^\$\(\w+\)$/.test(word)) return word;
  if (isKnownFlag(name)) return sign === '' ? word : `--${name}=${isSecret(name) ? '…' : withoutCredentials(value)}`;
  return `${/^(?:-{0,2}[A-Za-z_$(][\w.$()-]*=)?/.exec(word)?.[0]}…`;
};

/** Words of commands, of containers, of probes and of what is run before one ends. */
const isInCommand = (place: string): boolean =>
  /(?:^|\.)(?:command|args)(?:\.\d+)?$|\.(?:exec|lifecycle)\./.test(place) && !/httpGet|tcpSocket/.test(place);

/** Options and numbers of those that start a component, such as those of `go-runner` and `nice`. */
const isOption = (word: string): boolean =>
  /^(?:--|-[A-Za-z]|--[a-z][a-z-]*|[-+]?\d+|0x[\da-f]+|--?(?:log-file(?:-size|-age)?|flush-interval|also-stdout|redirect-stderr)=\S+)$/.test(
    word,
  );

/** One word, or a list of them as JSON has it. */
const shownCommand = (text: string, show: (word: string) => string): string => {
  if (!text.startsWith('[')) return show(text);
  const texts: readonly unknown[] = JSON.parse(text);
  return JSON.stringify(texts.map((word) => show(String(word))));
};

const shownStart = (word: string): string =>
  isOption(word) || word === 'command' || word === 'args' ? word : shownWord(word);

/** A value as it may be printed. @param name what it stands by, or the path of it that is joined by dots */
export const shownValue = (name: string, value: string): string => {
  if (isSecret(name) && !/^(?:true|false)$/.test(value)) return notShown;
  if (name.endsWith(whatStarts)) return shownCommand(value, (text) => text.split(' ').map(shownStart).join(' '));
  return isInCommand(name) ? shownCommand(value, shownWord) : withoutCredentials(value);
};

/** A flag that has more than a name, by itself or at the end of a path; of feature gates the next word is the gate. */
const moreThanName = /^([\w-]+|.*\.--(?!feature-gates )[\w-]*)(?:\s|[:=](?!$)).*$/s;

/** A name as it may be printed: behind a blank or a colon it may have its value. */
export const shownName = (name: string): string =>
  isSecret(name) ? name.replace(/(?:\s|:(?!$)).*$/s, ' …') : name.replace(moreThanName, '$1 …');

/** `name=value` within a text. */
const assignment = /([A-Za-z_][\w.+-]*)=(?!(?:true|false)\b)[^\s,"]+/g;

const withoutSecrets = (text: string): string =>
  withoutCredentials(text).replace(assignment, (all, name: string) => (isSecret(name) ? `${name}=…` : all));

/** Control characters, ends of lines, and what is there and not seen, such as marks that turn the direction of writing. */
const unsafe = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const escaped = (character: string): string => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/** A text with something of a file in it, as one line that shows no password of a URL and does nothing to a terminal. */
export const shownText = (text: string): string => withoutSecrets(text).replace(unsafe, escaped);

/** A whole document that is no mapping: it may be the file of a token. */
export const shownEntire = (data: unknown): string =>
  Array.isArray(data) ? describeValue(data) : typeof data === 'string' ? 'a text' : `a ${typeof data}`;

/** Whether a text leaves out what it is about: two that are the same may be about two values. */
export const leavesOutValue = (text: string): boolean =>
  [notShown, '…@', '=…', '"…"', ': …', ' …'].some((part) => text.includes(part));
