# What lavaan says after full-information ML: modification indices, residuals, factor scores, nested tests.
suppressPackageStartupMessages(library(lavaan))
chain <- read.csv("../data/chain_missing.csv")
chain <- chain[-(17:18), ]  # they answered none of the items
model <- paste(readLines("model.txt"), collapse = "\n")
nested <- sub("f3 ~ f1 + f2", "f3 ~ f2", model, fixed = TRUE)
precise <- function(x) formatC(x, digits = 12, format = "g", width = 1)

fits <- list(
  ML = sem(model, chain, missing = "fiml", em.h1.tol = 1e-10),
  MLR = sem(model, chain, missing = "fiml", estimator = "MLR", em.h1.tol = 1e-10)
)
smaller <- sem(nested, chain, missing = "fiml", estimator = "MLR", em.h1.tol = 1e-10)

indices <- modindices(fits$ML)
write.csv(data.frame(indices[c("lhs", "op", "rhs")], mi = precise(indices$mi), epc = precise(indices$epc)),
          "modification_indices.csv", row.names = FALSE)

residual_rows <- function(estimator, kind) {
  found <- residuals(fits[[estimator]], type = kind)
  names <- rownames(found$cov)
  lower <- which(lower.tri(found$cov, diag = TRUE), arr.ind = TRUE)
  data.frame(
    estimator = estimator, kind = kind, lhs = c(names[lower[, 1]], names), op = rep(c("~~", "~1"), c(nrow(lower), 12)),
    rhs = c(names[lower[, 2]], rep("", 12)), residual = precise(c(found$cov[lower], found$mean))
  )
}
write.csv(rbind(residual_rows("ML", "standardized"), residual_rows("ML", "normalized"),
                residual_rows("MLR", "standardized"), residual_rows("MLR", "normalized")),
          "residuals.csv", row.names = FALSE)

scores <- cbind(lavPredict(fits$ML), lavPredict(fits$ML, method = "Bartlett"))
colnames(scores) <- c(paste0("f", 1:3), paste0("bartlett_f", 1:3))
write.csv(apply(scores, 2, precise), "factor_scores.csv", row.names = FALSE)

tests <- sapply(c("satorra.bentler.2001", "satorra.bentler.2010"),
                function(method) lavTestLRT(fits$MLR, smaller, method = method)[2, "Chisq diff"])
writeLines(jsonlite::toJSON(list(
  r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan")),
  difference_2001 = tests[[1]], difference_2010 = tests[[2]]
), auto_unbox = TRUE, digits = 10, pretty = TRUE), "session.json")
