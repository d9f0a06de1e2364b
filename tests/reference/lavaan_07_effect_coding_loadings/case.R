# Effect coding of loadings only, with regressions among factors, MLR.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("chain.csv"), effect.coding = "loadings", estimator = "MLR")
write_case(fit)
