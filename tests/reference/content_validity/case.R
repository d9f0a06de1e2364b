# Content validity and item sorting, by functions of base R that know nothing of these indices:
# binom.test for the exact interval of I-CVI, prop.test (score interval without continuity correction) for Aiken's V
# with n (highest - lowest) trials, aov with Error(judge) for the repeated measures, t.test and p.adjust for the
# contrasts. The ratings are drawn here with a seed; they describe nobody.
library(jsonlite)
set.seed(20260105, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")

experts <- 7
items <- paste0("item_", 1:10)
ratings <- t(sapply(seq_along(items), function(i) {
  sample(1:4, experts, replace = TRUE, prob = if (i %% 3) c(.05, .1, .35, .5) else c(.2, .3, .3, .2))
}))
colnames(ratings) <- paste0("expert_", 1:experts)
write.csv(data.frame(item = items, ratings), "expert_ratings.csv", row.names = FALSE, quote = FALSE)

relevant <- rowSums(ratings >= 3)
exact <- t(sapply(relevant, function(a) binom.test(a, experts)$conf.int))
total <- rowSums(ratings - 1)
score <- t(sapply(total, function(x) suppressWarnings(prop.test(x, experts * 3, correct = FALSE)$conf.int)))
write.csv(data.frame(
  item = items, i_cvi = relevant / experts, i_cvi_ci_lower = exact[, 1], i_cvi_ci_upper = exact[, 2],
  aiken_v = total / (experts * 3), aiken_v_ci_lower = score[, 1], aiken_v_ci_upper = score[, 2],
  chance = dbinom(relevant, experts, .5)
), "indices.csv", row.names = FALSE, quote = FALSE)

constructs <- c("trust", "control", "play")
judges <- paste0("judge_", 1:15)
sorting <- expand.grid(construct = constructs, judge = judges, item = paste0("item_", 1:4), stringsAsFactors = FALSE)
own <- c(item_1 = "trust", item_2 = "control", item_3 = "play", item_4 = "play")
lift <- c(item_1 = 1.6, item_2 = 1.0, item_3 = 0.3, item_4 = 0)
centre <- 2.5 + ifelse(sorting$construct == own[sorting$item], lift[sorting$item], 0)
leniency <- rnorm(length(judges), 0, .4)
sorting$rating <- pmin(5, pmax(1, round(centre + leniency[match(sorting$judge, judges)] + rnorm(nrow(sorting), 0, .8))))
write.csv(sorting[, c("judge", "item", "construct", "rating")], "sorting.csv", row.names = FALSE, quote = FALSE)

tests <- do.call(rbind, lapply(names(own), function(i) {
  d <- sorting[sorting$item == i, ]
  d$judge <- factor(d$judge); d$construct <- factor(d$construct)
  within <- summary(aov(rating ~ construct + Error(judge), data = d))[["Error: Within"]][[1]]
  mine <- d$rating[d$construct == own[i]]
  others <- setdiff(constructs, own[i])
  p <- sapply(others, function(o) t.test(mine, d$rating[d$construct == o], paired = TRUE, alternative = "greater")$p.value)
  data.frame(item = i, intended = own[i], mean_intended = mean(mine), f = within[["F value"]][1],
             df1 = within[["Df"]][1], df2 = within[["Df"]][2], pvalue = within[["Pr(>F)"]][1],
             pvalue_contrast = max(p.adjust(p, "holm")))
}))
write.csv(tests, "sorting_tests.csv", row.names = FALSE, quote = FALSE)
write_json(list(R = R.version.string, packages = "base and stats only"), "session.json", auto_unbox = TRUE, pretty = TRUE)
