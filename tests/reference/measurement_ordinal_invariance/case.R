# Wu & Estabrook's levels for ordered answers: two scales of six-point items over gender, theta parameterisation.
suppressPackageStartupMessages({library(lavaan); library(semTools)})
source("../write_tables.R")
bfi <- read_bfi()
bfi <- bfi[!is.na(bfi$gender), ]
items <- c(scales$N, scales$E)
bfi <- na.omit(bfi[c(items, "gender")])
model <- "N =~ N1 + N2 + N3 + N4 + N5
E =~ E1 + E2 + E3 + E4 + E5"
levels <- list(configural = "", thresholds = "thresholds", metric = c("thresholds", "loadings"),
               scalar = c("thresholds", "loadings", "intercepts"),
               strict = c("thresholds", "loadings", "intercepts", "residuals"),
               means = c("thresholds", "loadings", "intercepts", "residuals", "means"))
rows <- NULL
before <- NULL
for (level in names(levels)) {
  syntax <- measEq.syntax(model, data = bfi, ordered = items, parameterization = "theta", ID.fac = "std.lv",
                          ID.cat = "Wu.Estabrook.2016", group = "gender", group.equal = levels[[level]])
  fit <- cfa(as.character(syntax), data = bfi, ordered = items, group = "gender", parameterization = "theta",
             estimator = "WLSMV")
  m <- fitMeasures(fit)
  row <- data.frame(level = level, chisq = m[["chisq.scaled"]], df = m[["df"]], cfi_scaled = m[["cfi.scaled"]],
                    rmsea_scaled = m[["rmsea.scaled"]], srmr = m[["srmr"]], delta_chisq = NA, delta_pvalue = NA)
  if (!is.null(before)) {
    test <- tryCatch(lavTestLRT(before, fit), error = function(e) NULL)
    if (!is.null(test)) { row$delta_chisq <- test[["Chisq diff"]][2]; row$delta_pvalue <- test[["Pr(>Chisq)"]][2] }
  }
  rows <- rbind(rows, row)
  before <- fit
}
write_table(rows, "gender.csv")
write_session("lavaan", "semTools")
