// The one-way road: scenario → profile → plan → backend → timeline → verdict → report, each folder seeing only what
// lies before it. Nothing reaches back, and a folder is entered through its index.
const may = (folder, seen) => ({
  name: `road-${folder}`,
  comment: `src/${folder} may use ${seen.map((one) => `src/${one}`).join(', ') || 'nothing else'}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...seen].join('|')})/` },
});

module.exports = {
  forbidden: [
    may('common', []),
    may('profile', ['common']),
    may('scenario', ['common', 'profile', 'timeline']),
    may('known-bugs', ['common', 'profile', 'scenario']),
    may('plan', ['common', 'profile', 'scenario', 'known-bugs']),
    may('timeline', ['common']),
    may('verdict', ['common', 'plan', 'timeline']),
    may('report', ['common', 'plan', 'timeline', 'verdict']),
    may('node', ['common']),
    may('journal', ['common', 'node']),
    may('relay', ['common']),
    may('fault', ['relay', 'common', 'plan', 'timeline', 'node', 'journal']),
    may('load', ['common', 'timeline']),
    may('cluster', ['common', 'plan', 'profile', 'node', 'journal']),
    may('observe', ['common', 'timeline', 'cluster']),
    may('setup', ['common', 'node']),
    may('backend', ['common', 'plan', 'profile', 'timeline', 'node', 'journal', 'fault', 'load', 'cluster', 'observe']),
    may('cleanup', ['common', 'node', 'journal', 'fault', 'cluster']),
    may('calibration', ['common', 'plan', 'timeline', 'verdict', 'backend/model']),
    may('run', ['common', 'plan', 'timeline', 'verdict', 'report', 'calibration', 'backend']),
    may('user-config', ['common', 'profile', 'scenario', 'known-bugs']),
    may('matrix', ['common', 'profile', 'scenario', 'plan', 'verdict']),
    may('compare', ['common', 'plan', 'timeline', 'verdict', 'report', 'run']),
    may('sweep', ['common', 'profile', 'scenario', 'plan', 'backend/model', 'verdict']),
    {
      name: 'through-the-index',
      comment: 'a folder says in its index what the rest may use',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/([^/]+)/',
        pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$', '^src/backend/model/index\\.ts$', '^src/common/'],
      },
    },
    {
      name: 'only-doors-start-processes',
      comment: 'programs are started by the doors in src/node and by setup alone',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(node|setup)/' },
      to: { path: '(node_modules/(execa|zx)/|^(node:)?child_process$)' },
    },
    {
      name: 'client-loaded-late',
      comment: 'the client library takes 0.4 s to load: a static import may bring its types alone',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: 'node_modules/@kubernetes/client-node',
        dependencyTypesNot: ['type-only', 'type-import', 'dynamic-import'],
      },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-type-circles',
      comment: 'types make no circles either; in these three folders they still do',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(verdict|compare|backend/model)/' },
      to: { circular: true },
    },
    {
      name: 'nothing-reaches-into-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|tools)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
