// The page's first script puts the library there.
declare const echarts: typeof import('echarts');
