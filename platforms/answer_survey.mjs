// node answer_survey.mjs SURVEY.json N SEED [FIXED]: let SurveyJS run the questionnaire and answer it N times.
// FIXED is JSON, question name to the answer that everybody gives; the others are drawn.
// Prints {errors, n_questions, languages, results, answers, pages}: what SurveyJS would save, what was clicked by
// question or row, and the pages that were seen.
import { readFileSync } from "node:fs";
import { Model } from "survey-core";

const [file, count, seed, given] = process.argv.slice(2);
const fixed = JSON.parse(given ?? "{}");
const definition = JSON.parse(readFileSync(file, "utf8"));

function drawer(state) {
  // mulberry32: small, seeded, good enough to click with.
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const draw = drawer(Number(seed));
const one = (list) => list[draw(list.length)];

function answerMatrix(question, clicked) {
  for (const row of question.visibleRows) {
    if (draw(12) === 0) continue; // left empty
    row.value = one(question.visibleColumns).value;
    clicked[row.name] = row.value;
  }
}

function answer(question, clicked) {
  const type = question.getType();
  if (type === "matrix") return answerMatrix(question, clicked);
  if (question.name in fixed) question.value = fixed[question.name];
  else if (draw(12) === 0 && !question.isRequired) return;
  else if (type === "radiogroup") question.value = one(question.visibleChoices).value;
  else if (type === "checkbox") question.value = question.visibleChoices.filter(() => draw(2)).map((c) => c.value);
  else if (type === "comment") question.value = `words ${draw(1000)}`;
  else if (type === "text") question.value = (question.min ?? 0) + draw((question.max ?? 100) - (question.min ?? 0) + 1);
  else if (type !== "html") throw new Error(`no answer for questions of type ${type}`);
  if (type !== "html" && !question.isEmpty()) clicked[question.name] = question.value;
}

function answerAll() {
  const model = new Model(definition);
  const clicked = {};
  const pages = [];
  while (model.state === "running") {
    pages.push(model.currentPage.name);
    // Answers can show later questions, so each is asked for when its turn has come.
    for (const question of model.currentPage.questions) if (question.isVisible) answer(question, clicked);
    if (model.isLastPage) model.completeLastPage();
    else model.nextPage();
    if (model.state === "running" && model.currentPage.name === pages.at(-1)) throw new Error("an answer is refused");
  }
  return { result: model.data, clicked, pages };
}

const model = new Model(definition);
const runs = Array.from({ length: Number(count) }, answerAll);
console.log(
  JSON.stringify({
    errors: (model.jsonErrors ?? []).map((error) => error.message),
    n_questions: model.getAllQuestions().length,
    languages: model.getUsedLocales(),
    results: runs.map((run) => run.result),
    answers: runs.map((run) => run.clicked),
    pages: runs.map((run) => run.pages),
  }),
);
