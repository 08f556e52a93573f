// Whether a list lets a badge in: pure, the same verdicts as expo/checkin/rules_lists.py, held to it by
// tests/checkin/rule_vectors.json. null means "not known" (no network, not in the pack).
//
//   badge  { status, kind, zones: [..]|null, signed_up: bool|null }
//   scan   { kind: "entry"|"exit"|"print", at: moment, day: "yyyy-mm-dd", time: "hh:mm", live }
//   state  { today, ever, inside, count: number|null }
export function evaluate(rules, badge, scan, state) {
  if (scan.kind === "exit") return verdict("admitted"); // Whoever is inside may leave, whatever became of the badge.
  if (badge.status !== "valid") return verdict("refused", badge.status);
  if (scan.kind === "print") return verdict("admitted");
  const fault = faultOf(rules, badge, scan);
  if (fault) return verdict("refused", fault);
  const again = againOf(rules, state);
  if (again) return verdict("repeated", again);
  if (rules.capacity !== null && !(state.today && state.inside) && state.count !== null && state.count >= rules.capacity) {
    return verdict("refused", "full");
  }
  return verdict(state.today ? "readmitted" : "admitted");
}

function verdict(result, reason = "") {
  return { result, reason };
}

function faultOf(rules, badge, scan) {
  if (rules.kinds.length && !rules.kinds.includes(badge.kind)) return "wrong_kind";
  if (rules.days.length && !rules.days.includes(scan.day)) return "wrong_day";
  if (!isOpen(rules, scan)) return "outside_time";
  if (rules.zones.length && !rules.zones.some((zone) => badge.zones?.includes(zone))) return "wrong_zone";
  if (rules.signed_up && badge.signed_up !== true) return "not_signed_up";
  return rules.live && scan.live !== "good" ? scan.live : "";
}

function isOpen(rules, scan) {
  const at = Date.parse(scan.at);
  if (rules.opens_at && at < Date.parse(rules.opens_at)) return false;
  if (rules.closes_at && at >= Date.parse(rules.closes_at)) return false;
  const { from, until } = rules;
  if (from === null || until === null) return true;
  return from <= until ? from <= scan.time && scan.time < until : scan.time >= from || scan.time < until; // Past midnight.
}

function againOf(rules, state) {
  if (rules.again === "once" && state.ever) return "once";
  if (rules.again === "once_a_day" && state.today) return "once_a_day";
  return rules.again === "after_exit" && state.today && state.inside ? "inside" : "";
}
