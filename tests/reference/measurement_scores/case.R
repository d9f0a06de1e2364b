# Regression and Bartlett scores of three correlated scales by lavPredict, complete answers only and with what the
# others answered (FIML); their correlations with the factors from the estimated matrices (Grice 2001, eq. 6).
# Means of the answered items, at least half of them, by base R.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
chosen <- scales[c("A", "E", "N")]
items <- read_bfi()[unlist(chosen)]
shown <- 1:120
model <- paste(names(chosen), "=~", vapply(chosen, paste, "", collapse = " + "), collapse = "\n")

determinacy <- function(fit, method) {
  est <- lavInspect(fit, "est")
  L <- unclass(est$lambda); P <- unclass(est$psi); R <- unclass(est$theta)
  S <- L %*% P %*% t(L) + R
  W <- if (method == "regression") solve(S, L %*% P) else solve(R, L) %*% solve(t(L) %*% solve(R, L))
  diag(t(W) %*% L %*% P) / sqrt(diag(t(W) %*% S %*% W) * diag(P))
}

for (missing in c("listwise", "fiml")) {
  fit <- cfa(model, data = items, missing = if (missing == "fiml") "fiml" else "listwise")
  used <- lavInspect(fit, "case.idx")
  for (method in c("regression", "Bartlett")) {
    scores <- as.data.frame(lavPredict(fit, method = method))
    first <- used %in% shown
    name <- paste(tolower(method), missing, sep = "_")
    write_table(data.frame(row = used[first], scores[first, ]), paste0(name, ".csv"))
    write_table(data.frame(construct = names(chosen), determinacy = determinacy(fit, tolower(method))),
                paste0(name, "_quality.csv"))
  }
}

means <- sapply(chosen, function(own) {
  ifelse(rowMeans(!is.na(items[own])) >= 0.5, rowMeans(items[own], na.rm = TRUE), NA)
})
write_table(data.frame(row = shown, means[shown, ]), "mean.csv")
write_session("lavaan")
