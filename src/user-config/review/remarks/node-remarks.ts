import { isSameValue } from '../../../profile/index.ts';
import type { ConfigFiles, ConfigSetting } from '../../types.ts';
import type { RunScope } from '../left-out.ts';
import { isJudged, kindOf } from '../settings-on.ts';
import { type Remark, remark } from './remark.ts';

/** kubeadm's first node and the joined ones may have other flags. */
export const nodeRemarks = (
  configFiles: ConfigFiles,
  settings: readonly ConfigSetting[],
  scope: RunScope | null,
): readonly Remark[] => {
  const own = settings.filter(({ nodes, name }) => nodes !== 'all' && kindOf('kubelet', name) !== 'text');
  const [judged, others] = [
    own.filter((each) => isJudged(configFiles, each)),
    own.filter((each) => !isJudged(configFiles, each)),
  ];
  const differing = others.filter(
    (other) =>
      !judged.some(
        ({ name, value }) => name === other.name && isSameValue(kindOf('kubelet', name), value, other.value),
      ),
  );
  const missing = configFiles.hasJoined
    ? judged.filter(({ name }) => !others.some((other) => other.name === name))
    : [];
  if (!configFiles.hasJoined) {
    return judged.map((setting) =>
      remark(
        'unread',
        setting,
        `${setting.name} is the first node's: no JoinConfiguration says what joined nodes have; left out, they have it too`,
      ),
    );
  }
  return [
    ...differing.map((setting) => {
      const theirs = judged.find(({ name }) => name === setting.name)?.value ?? 'not set';
      return remark(
        'notRun',
        setting,
        `the first node has ${setting.name} ${setting.value}, joined nodes ${theirs}: figures and a run are those of joined nodes`,
      );
    }),
    ...missing.map((setting) =>
      remark(
        // Of a first node whose file is not among them nobody says that it has it not.
        scope === null || configFiles.documents.some((title) => title.startsWith('InitConfiguration '))
          ? 'notRun'
          : 'note',
        setting,
        `joined nodes have ${setting.name} ${setting.value}, the first node not: figures and a run are those of joined nodes`,
      ),
    ),
  ];
};
