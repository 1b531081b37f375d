// The matter of a scene: which of the open alarms and cases belong to it, by the filters of its file, and how many that
// are. Null where a scene shows all of them, and where sums alone are told, of which nothing can be left out.
"use strict";

cityops.matter = (() => {
  const STAGES = ["found", "dispatched", "handling"];
  const ADDED = ["found", "dispatched", "handling", "checking", "found_overdue", "dispatched_overdue", "handling_overdue", "near_due", "reported_today", "closed_today"];

  function isIn(list, one) {
    return !list || list.includes(one);
  }

  // Groups and their tallies are judged alike, so that what is shown and what is counted are the same.
  function alarms({ alarms: open, detail }, { filters }) {
    const wanted = filters?.alarms;
    if (!wanted || !detail) return null;
    const fits = (one) =>
      isIn(wanted.classes, one.alarm_class) &&
      isIn(wanted.levels, one.level) &&
      (!wanted.regions || wanted.regions.some((code) => one.region_code.startsWith(code)));
    const own = open.tallies.filter(fits);
    return { fits, n: own.reduce((sum, one) => sum + one.count, 0), groups: own.length };
  }

  // Of stages that are left out nothing is counted; what is near due is not told by stage, and is left out with them.
  function cases({ events, detail }, { filters }) {
    const wanted = filters?.cases;
    if (!wanted || !detail) return null;
    const { classes, stages, sources } = wanted;
    const fits = (one) => isIn(classes, one.class_code) && isIn(sources, one.source) && isIn(stages, one.stage);
    const own = events.matters.filter((one) => isIn(classes, one.class_code) && isIn(sources, one.source));
    const counts = Object.fromEntries(ADDED.map((name) => [name, own.reduce((sum, one) => sum + one[name], 0)]));
    if (stages) {
      const told = new Set(stages.flatMap((one) => [one, `${one}_overdue`, ...(one === "handling" ? ["checking"] : [])]));
      for (const name of ADDED) if (!told.has(name)) delete counts[name];
    }
    const sum = (names) => names.reduce((all, name) => all + (counts[name] || 0), 0);
    return { fits, counts: { ...counts, open: sum(STAGES), overdue: sum(STAGES.map((one) => `${one}_overdue`)) } };
  }

  return { alarms, cases };
})();
