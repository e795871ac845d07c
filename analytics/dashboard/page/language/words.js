// What the page says, in Chinese and English.

const WORDS = {
  skip_to_panel: ["跳到面板", "Skip to the panels"],
  map: ["地图", "Map"],
  panels: ["面板", "Panels"],
  live: ["实时", "Live"],
  recorded: ["历史数据", "Recorded"],
  replaying: ["回放", "Replay"],
  windows: ["时段", "Windows"],
  grids: ["网格", "Grids"],
  alerts: ["告警", "Alerts"],
  replay: ["时光机", "Time machine"],
  search: ["搜索网格、车牌、街道或拼音", "Search grid, plate, street or pinyin"],
  search_none: ["没有找到", "Nothing found"],
  language: ["English", "中文"],
  language_label: ["切换到英文", "Switch to Chinese"],
  theme: ["切换深浅色", "Switch between dark and light"],
  log_in: ["登录", "Log in"],
  log_out: ["退出", "Log out"],
  name: ["用户名", "Name"],
  password: ["密码", "Password"],
  login_title: ["运行值班登录", "Operations login"],
  close: ["关闭", "Close"],
  back: ["返回", "Back"],
  retry: ["重试", "Try again"],
  loading: ["正在读取……", "Loading…"],
  failed: ["读取失败：{text}", "Could not be read: {text}"],
  lost: ["连接中断，自 {time} 起。以下为当时的情况，不代表现在。",
    "Connection lost since {time}. What is shown was true then, not now."],
  lost_never: ["尚未连上服务器", "Not connected to the server yet"],
  away: ["服务器读不到数据库，自 {time} 起。以下为当时的情况，不代表现在。",
    "The server cannot read its database since {time}. What is shown was true then, not now."],
  plan_refused: ["计划已改动，但有错误，无法使用：仍按改动前的计划判定。",
    "The plan was changed but has a fault and cannot be used: the one before goes on."],
  log_old: ["已 {age} 没有收到任何车辆位置（接收或消息服务可能中断）。",
    "No positions from any truck for {age}: ingest or the broker may be down."],
  fleet_streets_in_gcj02: ["道路图为 GCJ-02 坐标，与车辆位置不符：在改正之前，所有街道均无法判定。",
    "The streets are in GCJ-02 and lie beside the trucks: until that is mended, all is unknown."],
  fleet_streets_in_bd09: ["道路图为 BD-09 坐标，与车辆位置不符：在改正之前，所有街道均无法判定。",
    "The streets are in BD-09 and lie beside the trucks: until that is mended, all is unknown."],
  fleet_streets_moved: ["道路图整体偏移，与车辆位置不符：在改正之前，所有街道均无法判定。",
    "The streets are moved and lie beside the trucks: until that is mended, all is unknown."],
  fleet_streets_elsewhere: ["车辆大多不在道路图所绘的街道上：在查明之前，所有街道均无法判定。",
    "Most trucks work on no street of the plan: until that is mended, all is unknown."],
  fleet_streets_coarse: ["道路图坐标小数位太少，无法确定街道位置：在改正之前，所有街道均无法判定。",
    "The streets have too few decimals to tell where they lie: until that is mended, all is unknown."],
  fleet_gcj02_positions: ["车队上报的是 GCJ-02 坐标：在改正之前，所有街道均无法判定。",
    "The fleet reports positions in GCJ-02: until that is mended, all is unknown."],
  fleet_bd09_positions: ["车队上报的是 BD-09 坐标：在改正之前，所有街道均无法判定。",
    "The fleet reports positions in BD-09: until that is mended, all is unknown."],
  schematic: ["示意图：街道为程序绘制，不是真实位置", "Schematic: streets are drawn, not surveyed"],
  no_map: ["地图无法显示：{text}。列表照常可用。", "The map cannot be shown: {text}. Lists still work."],
  in_play: ["进行中", "Open now"],
  soon: ["即将开始", "Starting soon"],
  ended: ["已结束", "Ended"],
  none_open: ["现在没有进行中的时段", "No window is open now"],
  next_at: ["下一时段 {time} 开始", "The next one starts at {time}"],
  no_windows: ["这一天没有时段", "No windows on this date"],
  left: ["剩 {time}", "{time} left"],
  over_by: ["已过 {time}", "{time} over"],
  starts_in: ["{time} 后开始", "starts in {time}"],
  deadline_in: ["截止前 {time}", "{time} to the deadline"],
  finish_at: ["预计 {time} 完成", "finish about {time}"],
  finish_none: ["无法预计完成", "no finish foreseen"],
  done_at: ["{time} 完成", "done {time}"],
  metres_left: ["剩 {metres}", "{metres} to go"],
  risk: ["漏收风险 {percent}", "risk of a miss {percent}"],
  visible_since: ["{time} 起可预见", "foreseen since {time}"],
  progress_of: ["{name} 已收 {percent}", "{name}: {percent} collected"],
  alert_at_risk: ["临期", "At risk"],
  alert_late_start: ["未开工", "Not started"],
  alert_window_missed: ["漏收", "Missed"],
  alert_tracking_lost: ["失联", "No signal"],
  no_alerts: ["这一天没有告警（由 pingcheng alerts 发出，须有它在运行）", "No alerts on this date (pingcheng alerts raises them, if it runs)"],
  no_grid: ["计划中没有这个网格", "The plan has no such grid"],
  street_count: ["{count} 条街道", "streets: {count}"],
  acknowledge: ["确认", "Acknowledge"],
  acknowledged: ["{name} 于 {time} 确认", "acknowledged by {name}, {time}"],
  acknowledged_at: ["{time} 已确认", "acknowledged {time}"],
  alert_ended: ["{time} 解除", "over since {time}"],
  alert_new: ["新告警：{text}", "New alert: {text}"],
  open_alerts: ["{count} 条未确认", "{count} not acknowledged"],
  grid: ["网格 {id}", "Grid {id}"],
  vehicle: ["车辆 {id}", "Vehicle {id}"],
  vehicles: ["车辆", "Vehicles"],
  operator: ["单位", "Operator"],
  today_windows: ["当日时段", "Windows of the day"],
  streets_in: ["各街道 · {window}", "Streets · {window}"],
  street: ["街道", "Street"],
  first_service: ["首次", "First"],
  last_service: ["完成", "Done"],
  share: ["已收", "Collected"],
  unlocated: ["位置不详", "unlocated"],
  evidence: ["证据", "Evidence"],
  evidence_of: ["{street} · {window} 的证据", "Evidence: {street} · {window}"],
  evidence_hint: ["点街道查看证据", "Choose a street for its evidence"],
  evidence_none: ["还没有证据记录", "There is no record yet"],
  covered: ["已收", "collected"],
  missing: ["缺失", "missing"],
  ambiguous: ["不确定", "ambiguous"],
  gap: ["失联", "out of sight"],
  length: ["长度", "Length"],
  passes: ["经过", "Passes"],
  pings: ["定位点", "Fixes"],
  period: ["判定时段", "Period judged"],
  record: ["原始记录", "The record"],
  plan_version: ["计划版本", "Plan version"],
  verdict: ["结论", "Verdict"],
  motion: ["状态", "State"],
  motion_moving: ["行驶", "moving"],
  motion_standing: ["停车", "standing"],
  motion_silent: ["失联", "silent"],
  motion_unseen: ["未出现", "not seen"],
  fix_age: ["{age}前", "{age} ago"],
  last_fix: ["最近定位", "Last fix"],
  speed: ["速度", "Speed"],
  heading: ["方向", "Heading"],
  fixes_today: ["定位点数", "Fixes"],
  gaps: ["失联时段", "Gaps"],
  no_gaps: ["没有失联", "None"],
  faults: ["跟踪器故障", "Faults of the tracker"],
  no_faults: ["没有发现故障", "None found"],
  events: ["定位之外的事件", "Events beside the fixes"],
  no_events: ["没有事件", "None"],
  event_bin_lift: ["吊桶", "bin lifted"],
  event_weighbridge: ["过磅", "weighed"],
  event_photo: ["照片", "photo"],
  event_apart: ["距街道 {metres} 米", "{metres} m from the street"],
  event_by_fixes: ["位置取自定位点", "by its fixes"],
  events_beside: ["街道上的事件（不属于证明）", "Events on the street, no part of the proof"],
  event_driver_card: ["司机刷卡", "driver's card read"],
  until: ["{from} 至 {to}", "{from} to {to}"],
  since: ["自 {from}", "since {from}"],
  follow: ["跟随", "Follow"],
  facility_depot: ["停车场", "Depot"],
  facility_transfer_station: ["转运站", "Transfer station"],
  pace: ["倍速", "Pace"],
  date: ["日期", "Date"],
  instant: ["时刻", "Instant"],
  play: ["播放", "Play"],
  pause: ["暂停", "Pause"],
  back_to_live: ["回到实时", "Back to live"],
  filter_state: ["只看：{state}", "Only: {state}"],
  legend: ["图例", "Legend"],
  new_day: ["新的一天：{date}", "A new day: {date}"],
  second: ["{n} 秒", "{n} s"],
  minute: ["{n} 分", "{n} min"],
  hour_minute: ["{h} 小时 {m} 分", "{h} h {m} min"],
  day: ["{n} 天", "{n} d"],
  state_upcoming: ["未开始", "upcoming"],
  state_on_track: ["正常", "on track"],
  state_at_risk: ["有风险", "at risk"],
  state_overdue: ["超时未完", "overdue"],
  state_served: ["按时完成", "served"],
  state_late: ["迟到完成", "late"],
  state_partial: ["部分完成", "partial"],
  state_skipped: ["漏收", "skipped"],
  state_unknown: ["无法判定", "unknown"],
  state_exempt: ["免除", "exempt"],
  board_title: ["我家门口的垃圾收了吗？", "Has my street been collected?"],
  board_ask: ["输入街道名称或拼音", "Type your street, or its pinyin"],
  board_hint: ["例如：云中街、yzj", "For example 云中街 or yzj"],
  board_none: ["没有找到这条街道", "No such street was found"],
  board_today: ["今日收集时段", "Collection windows today"],
  board_none_today: ["今天没有收集时段", "No window today"],
  board_last: ["最近一次收集", "Last collected"],
  board_never: ["近日没有记录", "Not on record lately"],
  board_next: ["下一次时段", "Next window"],
  board_no_next: ["暂无安排", "None planned yet"],
  board_report: ["反映漏收", "Report a missed collection"],
  board_sending: ["正在核对……", "Checking…"],
  board_other: ["查另一条街道", "Another street"],
  board_collected: ["已收集：{from}–{to}", "Collected {from}–{to}"],
  board_not_yet: ["还未收集；时段到 {end} 结束", "Not yet; the window is open until {end}"],
  board_missed: ["漏收了：已列入补收清单", "Missed; it is on the second-collection list"],
  board_unknown: ["记录不足以判定，已转值班人员查看", "The records cannot tell; an operator will look into it"],
  board_exempt: ["该时段免于收集（如封路、节假日）", "No collection is due (a closed road or a holiday, say)"],
  board_reference: ["受理编号 {reference}", "Reference {reference}"],
  board_too_many: ["请求太多，请稍后再试", "Too many requests; please try again later"],
  public_upcoming: ["还未开始", "not begun"],
  public_on_track: ["进行中", "under way"],
  public_at_risk: ["进行中", "under way"],
  public_overdue: ["还在收集", "still under way"],
  public_served: ["已收集", "collected"],
  public_late: ["已收集（迟到）", "collected late"],
  public_partial: ["只收集了一部分", "collected in part"],
  public_skipped: ["漏收", "missed"],
  public_unknown: ["无法判定", "not known"],
  public_exempt: ["免除", "not due"],
};

export const LANGUAGES = ["zh", "en"];
const STORED = "pingcheng.language";
let language = stored() ?? "zh";
const listeners = new Set();

function stored() {
  try {
    const value = localStorage.getItem(STORED);
    return LANGUAGES.includes(value) ? value : null;
  } catch {
    return null; // storage is switched off
  }
}

export function currentLanguage() {
  return language;
}

/** Take the language of the plan unless someone has chosen one here before. */
export function suggestLanguage(name) {
  if (!stored() && LANGUAGES.includes(name)) apply(name);
}

export function setLanguage(name) {
  try {
    localStorage.setItem(STORED, name);
  } catch {
    // it holds until the page is closed
  }
  apply(name);
}

function apply(name) {
  if (name !== language) {
    language = name;
    for (const listener of listeners) listener();
  }
  translatePage();
}

export function onLanguage(listener) {
  listeners.add(listener);
}

/** A word or sentence, its {places} filled; an unknown key is shown as it is. */
export function word(key, values = {}) {
  const both = WORDS[key];
  if (!both) return key;
  return both[LANGUAGES.indexOf(language)].replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? String(values[name]) : whole);
}

/** Take the words of another page, which has more to say. */
export function addWords(more) {
  Object.assign(WORDS, more);
}

export function knows(key) {
  return key in WORDS;
}

/** Fill the elements that carry a `data-word`. */
export function translatePage() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-word]")) {
    node.textContent = word(node.dataset.word);
  }
}

export function metres(value) {
  const rounded = Math.round(value);
  return rounded < 1000 ? `${rounded} m` : `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} km`;
}

export function percent(share) {
  return `${Math.round(share * 100)}%`;
}

/** A length of time in the two units that matter. */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return word("second", { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return word("minute", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return word("hour_minute", { h: hours, m: minutes % 60 });
  return word("day", { n: Math.floor(hours / 24) });
}
