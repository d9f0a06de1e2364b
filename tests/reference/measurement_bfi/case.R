# Omega, CR and AVE of each scale from its own one-factor model (complete answers to the scale, ML), and of all
# scales from the five-factor model (complete answers to all items); HTMT; Fornell-Larcker; semTools beside them.
suppressPackageStartupMessages({library(lavaan); library(semTools)})
source("../write_tables.R")
bfi <- read_bfi()
one_factor <- function(name) {
  items <- scales[[name]]
  l <- paste0("l", seq_along(items)); e <- paste0("e", seq_along(items))
  text <- paste0("f =~ ", paste0(l, "*", items, collapse = " + "), "\n",
                 paste0(items, " ~~ ", e, "*", items, collapse = "\n"), "\n",
                 "omega := (", paste(l, collapse = "+"), ")^2 / ((", paste(l, collapse = "+"), ")^2 + ",
                 paste(e, collapse = "+"), ")")
  cfa(text, data = bfi, std.lv = TRUE)
}
separate <- loadings <- NULL
for (name in names(scales)) {
  fit <- one_factor(name)
  table <- parameterEstimates(fit, standardized = TRUE)
  omega <- table[table$op == ":=", ]
  std <- table$std.all[table$op == "=~"]
  separate <- rbind(separate, data.frame(construct = name, n = lavInspect(fit, "nobs"), omega = omega$est, omega_se = omega$se,
                                         omega_ci_lower = omega$ci.lower, omega_ci_upper = omega$ci.upper,
                                         cr = sum(std)^2 / (sum(std)^2 + sum(1 - std^2)), ave = mean(std^2),
                                         h = 1 / (1 + 1 / sum(std^2 / (1 - std^2))),
                                         chisq = fitMeasures(fit, "chisq")[[1]], df = fitMeasures(fit, "df")[[1]],
                                         cfi = fitMeasures(fit, "cfi")[[1]], rmsea = fitMeasures(fit, "rmsea")[[1]],
                                         srmr = fitMeasures(fit, "srmr")[[1]]))
  loadings <- rbind(loadings, data.frame(construct = name, item = table$rhs[table$op == "=~"],
                                         loading = table$est[table$op == "=~"], se = table$se[table$op == "=~"], std = std))
}
write_table(separate, "one_factor.csv")
write_table(loadings, "one_factor_loadings.csv")

model <- paste(vapply(names(scales), function(s) paste0(s, " =~ ", paste(scales[[s]], collapse = " + ")), ""), collapse = "\n")
fit <- cfa(model, data = bfi)
old <- suppressMessages(reliability(fit))
joint <- data.frame(construct = names(scales), omega = old["omega", names(scales)], omega_observed = old["omega3", names(scales)],
                    ave_semtools = old["avevar", names(scales)])
std <- lavInspect(fit, "std")$lambda
joint$cr <- vapply(names(scales), function(s) {l <- std[scales[[s]], s]; sum(l)^2 / (sum(l)^2 + sum(1 - l^2))}, 0)
joint$ave <- vapply(names(scales), function(s) mean(std[scales[[s]], s]^2), 0)
write_table(joint, "joint.csv")
write_matrix(unclass(lavInspect(fit, "cor.lv")), "latent_correlations.csv")
complete <- na.omit(bfi[unlist(scales)])
write_matrix(unclass(htmt(model, data = complete, htmt2 = FALSE)), "htmt.csv")
write_matrix(unclass(htmt(model, data = complete, htmt2 = TRUE)), "htmt2.csv")
residuals <- unclass(residuals(fit, type = "cor")$cov)
write_matrix(residuals, "residual_correlations.csv")
measures <- fitMeasures(fit, c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr"))
write_table(data.frame(name = gsub(".", "_", names(measures), fixed = TRUE), value = as.numeric(measures)), "fit_measures.csv")
write_session("lavaan", "semTools")
