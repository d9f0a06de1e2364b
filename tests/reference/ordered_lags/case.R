# Orders of three steps over three waves: random-intercept cross-lagged models with some lagged effects only.
suppressPackageStartupMessages(library(lavaan))
data <- read.csv("../data/steps.csv")
steps <- c("a", "b", "c")
base <- function(lags) {
  lines <- c()
  for (s in steps) {
    lines <- c(lines, sprintf("RI%s =~ %s", s, paste0("1*", s, 1:3, collapse = " + ")), sprintf("RI%s ~~ RI%s", s, s))
    for (k in 1:3) lines <- c(lines, sprintf("w%s%d =~ 1*%s%d", s, k, s, k), sprintf("%s%d ~ 1", s, k))
    for (k in 2:3) {
      causes <- c(s, lags[lags[, 2] == s, 1])
      lines <- c(lines, sprintf("w%s%d ~ %s", s, k, paste0(causes, s, "*w", causes, k - 1, collapse = " + ")))
    }
    lines <- c(lines, sprintf("w%s1 ~~ w%s1", s, s), sprintf("w%s%d ~~ v%s*w%s%d", s, 2:3, s, s, 2:3))
  }
  pairs <- combn(steps, 2)
  for (j in 1:3) {
    one <- pairs[1, j]; two <- pairs[2, j]
    lines <- c(lines, sprintf("RI%s ~~ RI%s", one, two), sprintf("w%s1 ~~ w%s1", one, two),
               sprintf("w%s%d ~~ c%s%s*w%s%d", one, 2:3, one, two, two, 2:3))
  }
  paste(lines, collapse = "\n")
}
two <- function(...) matrix(c(...), ncol = 2, byrow = TRUE)
orders <- list(claimed = two("a", "b", "b", "c"), reversed = two("b", "a", "c", "b"),
               forward = two("a", "b", "a", "c", "b", "c"), direct = two("a", "b", "a", "c"),
               free = two("a", "b", "a", "c", "b", "c", "b", "a", "c", "a", "c", "b"))
rows <- lapply(names(orders), function(name) {
  fit <- lavaan(base(orders[[name]]), data, missing = "fiml")
  stopifnot(lavInspect(fit, "converged"))
  m <- fitMeasures(fit, c("npar", "chisq", "df", "bic"))
  data.frame(structure = name, t(as.matrix(m)))
})
write.csv(do.call(rbind, rows), "orders.csv", row.names = FALSE)
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")
