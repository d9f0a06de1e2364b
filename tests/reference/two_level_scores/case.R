# Empirical Bayes scores of both levels (every 40th row, every 6th team), of incomplete answers and with a random slope.
suppressPackageStartupMessages(library(lavaan))
write_some <- function(scores, by, name, file) {
  kept <- seq(1, nrow(scores), by = by)
  frame <- cbind(kept, format(as.data.frame(unclass(scores))[kept, , drop = FALSE], digits = 10))
  names(frame)[1] <- name
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
write_scores <- function(model, file, case, ...) {
  text <- paste(readLines(file.path("..", model, "model.txt")), collapse = "\n")
  data <- read.csv(file.path("..", "data", file))
  fit <- sem(text, data, cluster = "team", ...)
  write_some(lavPredict(fit, level = 1), 40, "row", paste0(case, "_rows.csv"))
  of_teams <- lavPredict(fit, level = 2)
  teams <- unique(data$team)
  kept <- seq(1, nrow(of_teams), by = 6)
  frame <- cbind(team = teams[kept], format(as.data.frame(unclass(of_teams))[kept, , drop = FALSE], digits = 10))
  write.csv(frame, paste0(case, "_clusters.csv"), row.names = FALSE, quote = FALSE)
}
write_scores("lavaan_07_two_level_fiml", "teams_missing.csv", "fiml", missing = "ml", em.h1.args = list(tol = 1e-10, max_iter = 5000))
write_scores("lavaan_07_slopes_latent", "teams.csv", "slopes")
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")
