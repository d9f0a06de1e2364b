# Ladder of invariance over schools (nine ability tests) and over gender (25 personality items, complete answers),
# partial scalar model, latent means, and the difference of each item when the others of its factor are held equal.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
abilities <- read.csv("../data/holzinger_swineford.csv")
abilities_model <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9"
bfi <- read_bfi()
bfi <- bfi[!is.na(bfi$gender), ]
traits_model <- paste(vapply(names(scales), function(s) paste0(s, " =~ ", paste(scales[[s]], collapse = " + ")), ""), collapse = "\n")
equal <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
              strict = c("loadings", "intercepts", "residuals"), means = c("loadings", "intercepts", "residuals", "means"))
ladder <- function(model, data, group, estimator) {
  rows <- NULL
  before <- NULL
  for (level in names(equal)) {
    fit <- cfa(model, data = data, group = group, group.equal = equal[[level]], estimator = estimator)
    m <- fitMeasures(fit)
    row <- data.frame(level = level, chisq = m[["chisq"]], df = m[["df"]], pvalue = m[["pvalue"]], cfi = m[["cfi"]],
                      rmsea = m[["rmsea"]], srmr = m[["srmr"]], delta_chisq = NA, delta_df = NA, delta_pvalue = NA)
    if (estimator == "MLR") {
      row$chisq <- m[["chisq.scaled"]]; row$pvalue <- m[["pvalue.scaled"]]
      row$cfi <- m[["cfi.robust"]]; row$rmsea <- m[["rmsea.robust"]]
    }
    if (!is.null(before)) {
      test <- lavTestLRT(before, fit)
      row$delta_chisq <- test[["Chisq diff"]][2]; row$delta_df <- test[["Df diff"]][2]
      row$delta_pvalue <- test[["Pr(>Chisq)"]][2]
    }
    rows <- rbind(rows, row)
    before <- fit
  }
  rows
}
write_table(ladder(abilities_model, abilities, "school", "ML"), "school.csv")
write_table(ladder(abilities_model, abilities, "school", "MLR"), "school_mlr.csv")
write_table(ladder(traits_model, bfi, "gender", "ML"), "gender.csv")
partial <- cfa(abilities_model, data = abilities, group = "school", group.equal = c("loadings", "intercepts"),
               group.partial = c("x3~1", "x7~1"), std.lv = TRUE)
table <- parameterEstimates(partial)
means <- table[table$op == "~1" & table$lhs %in% c("visual", "textual", "speed") & table$group == 2, ]
write_table(data.frame(construct = means$lhs, est = means$est, se = means$se, pvalue = means$pvalue,
                       chisq = fitMeasures(partial, "chisq")[[1]]), "school_partial_means.csv")
# dMACS by numerical integration over the second group's factor distribution (Nye & Drasgow 2011, equation 2).
effects <- NULL
for (factor in c("visual", "textual", "speed")) {
  items <- paste0("x", switch(factor, visual = 1:3, textual = 4:6, speed = 7:9))
  for (item in items) {
    fit <- cfa(paste(factor, "=~", paste(items, collapse = " + ")), data = abilities, group = "school", std.lv = TRUE,
               group.equal = c("loadings", "intercepts"), group.partial = c(paste0(factor, "=~", item), paste0(item, "~1")))
    est <- lavInspect(fit, "est")
    S <- lavInspect(fit, "sampstat")
    n <- lavInspect(fit, "nobs")
    mean <- est[[2]]$alpha[1, 1]; sd <- sqrt(est[[2]]$psi[1, 1])
    gap <- function(eta) ((est[[2]]$nu[item, 1] + est[[2]]$lambda[item, 1] * eta) -
                            (est[[1]]$nu[item, 1] + est[[1]]$lambda[item, 1] * eta))^2 * dnorm(eta, mean, sd)
    spread <- vapply(S, function(s) sqrt(s$cov[item, item]), 0)
    pooled <- sum((n - 1) * spread) / (sum(n) - 2)
    effects <- rbind(effects, data.frame(construct = factor, item = item,
                                         dmacs = sqrt(integrate(gap, mean - 9 * sd, mean + 9 * sd, rel.tol = 1e-9)$value) / pooled))
  }
}
write_table(effects, "school_dmacs.csv")
write_session("lavaan")
