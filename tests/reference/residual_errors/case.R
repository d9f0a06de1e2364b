# Normalised and standardised residuals: fixed covariates, robust estimators, clusters, equality over groups, GLS.
suppressPackageStartupMessages(library(lavaan))
complete <- read.csv("../data/holzinger_swineford.csv")
three <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
mimic <- "visual =~ x1 + x2 + x3\nvisual ~ x7 + x8\nx4 ~ visual + x7"
listed <- function(case, fit) {
  pieces <- list()
  for (type in c("normalized", "standardized")) {
    found <- resid(fit, type = type)
    if (lavInspect(fit, "ngroups") == 1) found <- list(found)
    for (group in seq_along(found)) {
      cov <- unclass(found[[group]]$cov)
      pairs <- which(lower.tri(cov, diag = TRUE), arr.ind = TRUE)
      part <- data.frame(group, lhs = rownames(cov)[pairs[, 2]], op = "~~", rhs = rownames(cov)[pairs[, 1]],
                         residual = cov[pairs])
      mean <- found[[group]]$mean
      if (!is.null(mean)) part <- rbind(part, data.frame(group, lhs = names(mean), op = "~1", rhs = "",
                                                         residual = as.numeric(mean)))
      pieces[[length(pieces) + 1]] <- cbind(case, kind = type, part)
    }
  }
  do.call(rbind, pieces)
}
# The standardised residuals of MLR take observed information in lavaan, those of MLM (the same estimates) expected.
equal <- c("loadings", "intercepts")
found <- rbind(
  listed("ml", cfa(three, complete)),
  listed("ml_fixed_covariates", sem(mimic, complete)),
  listed("ml_fixed_covariates_means", sem(mimic, complete, meanstructure = TRUE)),
  listed("mlr", cfa(three, complete, estimator = "MLR")),
  listed("mlr_fixed_covariates", sem(mimic, complete, estimator = "MLR")),
  listed("mlm", cfa(three, complete, estimator = "MLM")),
  listed("ml_scalar", cfa(three, complete, group = "school", group.equal = equal)),
  listed("mlm_fixed_covariates", sem(mimic, complete, estimator = "MLM")),
  listed("mlm_scalar", cfa(three, complete, group = "school", group.equal = equal, estimator = "MLM")),
  listed("mlr_scalar", cfa(three, complete, group = "school", group.equal = equal, estimator = "MLR")),
  listed("gls", cfa(three, complete, estimator = "GLS")),
  listed("uls", cfa(three, complete, estimator = "ULS")),
  listed("uls_metric", cfa(three, complete, estimator = "ULS", group = "school", group.equal = "loadings")))
found$residual <- formatC(found$residual, digits = 8, format = "g", width = 1)
write.csv(found, "residuals.csv", row.names = FALSE)
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")
