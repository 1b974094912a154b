/**
 * The colours of the pages, light and dark by the reader's preference, and light on paper. Every text colour has at least
 * 4.5:1 against `--paper` and `--panel`, every mark that means something 3:1 (WCAG 2.2, 1.4.3 and 1.4.11). Red is kept
 * for credentials that page and what they did; bots are amber, so that the two can be told apart in a chart of both.
 */
export const TOKENS_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff;
  --panel: #f5f6f8;
  --line: #d3d8df;
  --ink: #16202c;
  --ink-soft: #4d5b6b;
  --link: #0b57b0;
  --alarm: #b3141d;
  --alarm-paper: #fdecec;
  --caution: #8a5200;
  --caution-paper: #fff4dc;
  --calm: #1a6b3c;
  --calm-paper: #e9f6ee;
  --unknown: #5b3c99;
  --unknown-paper: #f1ecfb;
  --bot: #c77700;
  --bot-area: #f2c470;
  --use: #0b57b0;
  --use-alarm: #b3141d;
  --window: #e4ebf5;
  --slack: #f0f3f8;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #11161d;
    --panel: #1a212b;
    --line: #3a4553;
    --ink: #e9eef4;
    --ink-soft: #a9b6c4;
    --link: #7db5ff;
    --alarm: #ff8a86;
    --alarm-paper: #3a171b;
    --caution: #ffc55c;
    --caution-paper: #362708;
    --calm: #6fd69a;
    --calm-paper: #12301f;
    --unknown: #c0a5ff;
    --unknown-paper: #281d42;
    --bot: #ffb02e;
    --bot-area: #7a5312;
    --use: #7db5ff;
    --use-alarm: #ff8a86;
    --window: #212c3b;
    --slack: #19212c;
  }
}
`;
