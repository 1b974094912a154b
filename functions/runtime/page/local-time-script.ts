/**
 * The one script of the pages: beside each time in UTC it writes the reader's own, with the zone's short name, and the day
 * where that is another. Nothing depends on it. In tables it is short. Where the reader's time is UTC it writes nothing.
 */
export const LOCAL_TIME_SCRIPT = `
(() => {
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' };
  const day = { day: 'numeric', month: 'short' };
  const format = (more) => new Intl.DateTimeFormat(undefined, { ...clock, ...more });
  const exact = { second: '2-digit' };
  const forms = [format({}), format(exact), format(day), format({ ...day, ...exact })];
  for (const time of document.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime()) || at.getTimezoneOffset() === 0) continue;
    const isExact = time.closest('table') === null ? 1 : 0;
    const isOtherDay = at.getDate() === at.getUTCDate() ? 0 : 2;
    const local = document.createElement('span');
    local.className = 'local-time';
    local.textContent = ' (' + forms[isExact + isOtherDay].format(at) + ')';
    time.after(local);
  }
})();
`;
