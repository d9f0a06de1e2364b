# Direct, indirect by each route and total effects of a column on the last of three factors, over the two others in a
# row, unstandardised by lavaan's := with errors by the delta method and standardised; R squared of the equations, and
# f squared, the loss of R squared and VIF of each predictor from the covariances that the model implies.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
data <- read.csv("../data/chain.csv")
model <- "
  f1 =~ y1 + y2 + y3 + y4
  f2 =~ y5 + y6 + y7 + y8
  f3 =~ y9 + y10 + y11 + y12
  f1 ~ a*z1
  f2 ~ b*f1 + c*z1
  f3 ~ d*f2 + e*f1 + f*z1
"
writeLines(trimws(model), "model.txt")
defined <- "
  via_f1 := a*e
  via_f2 := c*d
  via_both := a*b*d
  indirect := a*e + c*d + a*b*d
  total := a*e + c*d + a*b*d + f
"
fit <- sem(paste(model, defined), data, estimator = "ML", fixed.x = FALSE)
est <- parameterEstimates(fit)
std <- standardizedSolution(fit)
keep <- est$op == ":=" | (est$op == "~" & est$lhs == "f3" & est$rhs == "z1")
write_table(data.frame(effect = ifelse(est$op[keep] == ":=", est$lhs[keep], "direct"), est = est$est[keep],
                       se = est$se[keep], std = std$est.std[keep]), "effects.csv")
plain <- sem(model, data, estimator = "ML", fixed.x = FALSE)
r2 <- lavInspect(plain, "rsquare")[c("f1", "f2", "f3")]
write_table(data.frame(outcome = names(r2), r_squared = as.numeric(r2)), "explained.csv")
covariance <- lavInspect(plain, "cov.all")
causes <- list(f2 = c("f1", "z1"), f3 = c("f2", "f1", "z1"))
share <- function(y, x) {
  if (!length(x)) return(0)
  across <- covariance[x, y, drop = FALSE]
  as.numeric(t(across) %*% solve(covariance[x, x, drop = FALSE]) %*% across / covariance[y, y])
}
rows <- do.call(rbind, lapply(names(causes), function(y) {
  x <- causes[[y]]
  do.call(rbind, lapply(x, function(one) {
    others <- setdiff(x, one)
    lost <- share(y, x) - share(y, others)
    data.frame(outcome = y, predictor = one, f2 = lost / (1 - share(y, x)), delta_r2 = lost,
               vif = 1 / (1 - share(one, others)))
  }))
}))
write_table(rows, "predictors.csv")
write_session("lavaan")
